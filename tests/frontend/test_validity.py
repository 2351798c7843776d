"""Every kind of page is valid HTML for the Nu Html Checker (vnu), the validator of the W3C."""

import json
import subprocess
from datetime import timedelta

import frontmatter
import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from apps.comments.services import create_comment
from apps.posts import services
from apps.posts.models import Post
from tests.frontend import reading
from tests.programs import need
from tests.servers import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def checker() -> str:
    """The command vnu."""
    return need("vnu")


@pytest.fixture
def pages(client, alice, bob, erika, make_post) -> dict[str, str]:
    """The HTML of a page of each kind, by its path."""
    tag = services.create_tag(name="Gardens & “books”", description="What <grows>")
    series = services.create_series(title="Letters & “lines”", slug="letters", description="One <a> month")
    common = {"tags": [tag], "authors": [alice.author, bob.author], "series": series}
    services.update_author(alice.author, expected_version=1, bio="Writes.", website="https://alice.example.org/")
    for number in range(22):
        make_post(f"Post {number}", published_at=timezone.now() - timedelta(days=number + 1), **common)
    all_markdown = frontmatter.load(ROOT / "demo" / "writing-in-markdown.md").content
    post = make_post("Specimen", body=all_markdown, summary='A "dek"', **common)
    make_post("Probe", language="de", translation_of=post, body="Ein Text.", canonical_url="https://example.org/a?b&c")
    make_post("About", kind=Post.Kind.PAGE)
    comment = create_comment(by=erika, post=post, name="Erika", body="A *comment*.")
    create_comment(by=erika, parent=comment, name="Erika", body="An answer.")
    services.trash_post(make_post("Gone"), by=None, expected_version=1)
    now = timezone.localtime()
    paths = f"""/ /specimen/ /probe/ /about/ /tags/ {tag.get_absolute_url()} /authors/alice-adams/ /archive/
        /archive/{now:%Y}/ /archive/{now:%Y/%m}/ /series/ /series/letters/ /search/ /search/?q=post
        /search/?q=nothingatall /gone/ /nope/x /?before=bad""".split()
    paths.append(reading.older(client.get("/")))
    html = {path: client.get(path).content.decode() for path in paths}
    assert "An answer." in html["/specimen/"]
    form = client.post(
        "/api/v1/comments/",
        f"post={post.pk}&name=&body=",
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert form["Content-Type"].startswith("text/html")
    return html | {
        "the comment form with errors": form.content.decode(),
        **{status: render_to_string(f"frontend/{status}.html", {"detail": "x"}) for status in ("403", "500", "503")},
    }


INVALID = "a page that is invalid on purpose"
"""With a checker that reads nothing, every page would be valid."""


def test_the_checker_finds_no_errors_in_any_page_but_in_an_invalid_one(checker, pages, tmp_path):
    pages = {INVALID: "<!DOCTYPE html><html lang=en><title>A</title><p><div></p>"} | pages
    paths = {f"{number}.html": path for number, path in enumerate(pages)}
    for name, path in paths.items():
        (tmp_path / name).write_text(pages[path])
    run = subprocess.run([checker, "--format", "json", "--stdout", *map(str, tmp_path.iterdir())], capture_output=True)
    found = [(paths[each["url"].split("/")[-1]], each) for each in json.loads(run.stdout)["messages"]]
    assert [f"{path}: {each['message']} {each.get('extract')}" for path, each in found if path != INVALID] == []
    assert INVALID in dict(found)
