"""An import reads no file outside of the site, wherever a link or a path of the site leads; it names such links."""

from __future__ import annotations

import pytest

from apps.media.models import Image
from apps.posts.models import Post
from apps.static_sites import site
from tests.media import files

SECRET = "kept-outside"
POST = "---\ntitle: Post\ndate: 2026-01-01\n---\n"


@pytest.fixture
def outside(folder):
    """A folder beside the one that is imported."""
    path = folder.path.parent / "outside"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("configuration", "link", "text"),
    [
        ("hugo.toml", "hugo.toml", 'title = "T"\n[[cascade]]\ntags = ["kept-outside"]\n'),
        ("hugo.toml", "_index.md", "---\ncascade:\n  tags: [kept-outside]\n---\n"),
        (".eleventy.js", "blog.json", '{"tags": ["kept-outside"]}'),
        (".eleventy.js", "_data/secret.json", '"kept-outside"'),
        ("_config.yml", "_data/authors.yml", "me: {name: kept-outside}"),
        ("_config.yml", "_includes/x.html", SECRET),
        ("_config.yml", "_includes", SECRET),
        ("_config.yml", "other.md", SECRET),
    ],
)
def test_what_a_link_leads_to_outside_is_not_read_and_the_link_is_named(folder, outside, configuration, link, text):
    folder.write(configuration, "")
    folder.write("_data/keep", "")
    post = POST.replace("date", "author: me\ndate")
    folder.write("_posts/p.md", f"{post}{{% include x.html %}}{{% include_relative other.md %}}{{{{ secret }}}}\n")
    (outside / "x.html").write_text(text)
    path = folder.path / link
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside if link == "_includes" else outside / "x.html")
    result = folder.run()
    post = Post.objects.get()
    shown = [post.body, *post.tags.values_list("name", flat=True), *post.authors.values_list("name", flat=True)]
    assert not any(SECRET in text for text in shown)
    name = "x.html" if link == "_includes" else link.rpartition("/")[2]
    assert name in result.err


def test_pictures_outside_are_not_read(folder, outside):
    (outside / "a.png").write_bytes(files.png_with_declared_size(1, 1))
    folder.write("post.md", f"{POST}![A](/a.png)\n")
    (folder.path / "static").symlink_to(outside)
    assert "static:1: " in folder.run().err
    assert not Image.objects.exists()


def test_a_link_within_the_site_is_followed(folder):
    folder.write("_config.yml", "title: T\n")
    folder.write("shared/x.html", "Included.")
    folder.write("shared/other.md", POST.replace("Post", "Linked"))
    folder.write("_posts/2026-01-01-p.md", f"{POST}{{% include x.html %}}\n")
    (folder.path / "_includes").symlink_to(folder.path / "shared")
    (folder.path / "_posts" / "2026-01-02-linked.md").symlink_to(folder.path / "shared" / "other.md")
    folder.run(folder="_posts")
    assert {post.title: post.body for post in Post.objects.all()} == {"Post": "Included.", "Linked": ""}


@pytest.mark.parametrize("name", ["../outside", "/outside", "src/../../outside"])
def test_a_folder_of_eleventy_outside_is_not_used(folder, outside, name):
    (outside / "_data").mkdir()
    (outside / "_data" / "secret.json").write_text('"kept-outside"')
    name = str(outside) if name.startswith("/") else name
    folder.write(".eleventy.js", f'module.exports = {{dir: {{input: "{name}"}}}}')
    folder.write("post.md", f"{POST}{{{{ secret }}}}\n")
    assert site.find(folder.path).input_folder == ""
    folder.run()
    assert SECRET not in Post.objects.get().body


@pytest.mark.parametrize("name", [".env", ".git/config", "a/../.env", "a/.env"])
def test_hidden_files_are_not_included(folder, name):
    folder.write("_config.yml", "title: T\n")
    folder.write("a/x", "")
    folder.write(name, SECRET)
    folder.write("post.md", f"{POST}{{% include_relative {name} %}}\n")
    result = folder.run()
    assert f"the include {name} was not found; left out" in result.err
    assert SECRET not in Post.objects.get().body


@pytest.mark.parametrize("name", ["static", "assets", "public", "content", "_data", "_includes", "_posts", "more"])
def test_a_folder_that_is_a_link_out_is_not_read_and_is_named(folder, outside, name):
    (outside / "a.png").write_bytes(files.png_with_declared_size(1, 1))
    (outside / "x.html").write_text(SECRET)
    (outside / "authors.yml").write_text(f"me: {{name: {SECRET}}}\n")
    (outside / "2026-01-02-theirs.md").write_text(POST.replace("Post", SECRET))
    folder.write("_config.yml", "title: T\n")
    folder.write(
        "post.md", f"{POST.replace('date', 'author: me' + chr(10) + 'date')}![A](/a.png) {{% include x.html %}}\n"
    )
    (folder.path / name).symlink_to(outside)
    assert f"{folder.path / name}:1: warning: is a link out of the folder; not read" in folder.run().err
    post = Post.objects.get()
    assert SECRET not in f"{post.title} {post.body} {post.authors.first()}"
    assert not Image.objects.exists()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_history_that_is_kept_outside_is_not_read(folder, outside, kind):
    git = folder.path / ".git"
    git.symlink_to(outside) if kind == "link" else git.write_text(f"gitdir: {outside}\n")
    found = site.find(folder.path)
    assert found.history.created("post.md") is None
    assert (git in found.links_out) == (kind == "link")
