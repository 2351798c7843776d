"""Compare the posts of a Jekyll site with what readers get of them after an import, post by post.

    python -m tests.static_sites.structure FOLDER

builds the site with the program `jekyll`, imports it into a new database, and names each post whose rendered HTML has
another structure than on the old site (`apps.markdown.conversion.html_structure` says what counts). It ends with 1 if there is one.
FOLDER has a `_config.yml`, or posts alone. Layouts are not used, so that only the texts are compared. ALLOWED, and that
of `tests.importing.structure`, list what may differ.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import django

if __name__ == "__main__":
    _folder = tempfile.TemporaryDirectory(prefix="broadsheet-structure-")
    os.environ |= {"DEBUG": "1", "ROLE": "all", "DATABASE_URL": f"sqlite:///{_folder.name}/database.sqlite3"}
    os.environ |= {"MEDIA_ROOT": f"{_folder.name}/media", "DJANGO_SETTINGS_MODULE": "blog_project.settings"}
    django.setup()

from bs4 import BeautifulSoup, NavigableString
from django.core.management import call_command

from apps.markdown.conversion import from_html, html_structure
from apps.posts.models import Post, PostAlias
from tests.importing import structure
from tests.programs import need

ADDRESS = "https://old.example"
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "--", "—": "---", "…": "..."})
_LINK = re.compile(r"\{%-?\s*link\s+(\S+)\s*-?%\}")


def _with_plain_typography(soup: BeautifulSoup) -> None:
    for text in soup.find_all(string=lambda text: type(text) is NavigableString):
        text.replace_with(unicodedata.normalize("NFC", str(text)).translate(_TYPOGRAPHY))


def _with_title_alone_as_h1(soup: BeautifulSoup) -> None:
    for heading in soup("h1"):
        heading.name = "h2"


def _without_empty_heads(soup: BeautifulSoup) -> None:
    for row in soup("tr"):
        if row("th") and not row.get_text(strip=True):
            row.decompose()


def _with_footnotes_as_ours(soup: BeautifulSoup) -> None:
    for sign in soup.select("sup:has(> a.footnote)"):
        sign["class"] = "footnote-ref"
    for back in soup.select("a.reversefootnote"):
        back["class"] = "footnote-backref"
    for section in soup.select("div.footnotes"):
        section.name = "section"


ALLOWED: dict[str, Callable[[BeautifulSoup], None]] = {
    "kramdown makes quotes, dashes and dots typographic, which are stored as they were written": _with_plain_typography,
    "a heading of the first level is one of the second, below the title of the post": _with_title_alone_as_h1,
    "a table without a head has an empty one, which Markdown needs": _without_empty_heads,
    "the signs of footnotes are ours": _with_footnotes_as_ours,
}
"""The differences that are allowed, each with what makes both sides the same."""


def compare(folder: Path, work: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the slug of each post, and its differences. `work` is an empty folder for the built site."""
    site = work / "site"
    shutil.copytree(folder, site)
    if not (site / "_config.yml").exists():
        _complete(site, folder)
    shutil.rmtree(site / "_layouts", ignore_errors=True)
    build = [need("jekyll"), "build", "--quiet", "--source", site, "--destination", work / "built", "--future"]
    subprocess.run(build, check=True, cwd=work, env=os.environ | {"JEKYLL_NO_BUNDLER_REQUIRE": "true"})
    call_command("import_markdown", str(site), verbosity=0)
    new_paths = {alias.path: alias.post.get_absolute_url() for alias in PostAlias.objects.select_related("post")}
    for post in Post.objects.order_by("published_at", "pk").prefetch_related("aliases"):
        old = next(filter(None, (_built(work / "built", alias.path) for alias in post.aliases.all())), None)
        old = old or _built(work / "built", post.get_absolute_url())
        yield (
            post.slug,
            _differences(old, post, new_paths)
            if old
            else [f"Jekyll has not built it: {[alias.path for alias in post.aliases.all()]}"],
        )


def _complete(site: Path, folder: Path) -> None:
    """Make a site of a folder of posts: its configuration, and the documents that the posts link to."""
    (site / "_posts").mkdir()
    for path in [path for path in site.iterdir() if path.is_file()]:
        path.rename(site / "_posts" / path.name)
    repository = "repository: https://code.example/old\n"
    (site / "_config.yml").write_text(
        f"url: {ADDRESS}\ntimezone: UTC\n{repository}collections: {{docs: {{output: true}}}}\n"
    )
    for path in (site / "_posts").iterdir():
        for target in _LINK.findall(path.read_text(encoding="utf-8", errors="replace")):
            if not (site / target).exists():
                (site / target).parent.mkdir(exist_ok=True)
                (site / target).write_text("---\ntitle: Linked\n---\n")


def _built(folder: Path, path: str) -> Path | None:
    plain = path.strip("/")
    found = (folder / name for name in (plain, f"{plain}.html", f"{plain}/index.html"))
    return next((file for file in found if file.is_file()), None)


def _differences(old: Path, post: Post, new_paths: dict[str, str]) -> list[str]:
    source, result = from_html.parse_html(old.read_text(encoding="utf-8")), from_html.parse_html(post.body_html)
    for make_same in [*ALLOWED.values(), *structure.ALLOWED.values()]:
        make_same(source)
        make_same(result)
    for link in source("a", href=True):
        address, mark, anchor = link["href"].removeprefix(ADDRESS).partition("#")
        link["href"] = f"{new_paths.get(address, address)}{mark}{anchor}"
    return html_structure.differences(source, result)


def main(folder: str) -> int:
    """Compare the posts of a site; return the exit status."""
    call_command("migrate", verbosity=0)
    count = differing = 0
    with tempfile.TemporaryDirectory(prefix="broadsheet-structure-") as work:
        for slug, found in compare(Path(folder), Path(work)):
            count += 1
            differing += bool(found)
            for one in found:
                print(f"{slug}: {one}")  # noqa: T201
    print(f"{count} posts, {differing} with another structure")  # noqa: T201
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
