"""An exported blog is imported as the same blog, field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.utils import timezone

from apps.comments.models import Comment
from apps.importing import exporter
from apps.media import services as media
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import (
    Author,
    AuthorAlias,
    Post,
    PostAlias,
    PostAuthor,
    PostTag,
    Series,
    SeriesAlias,
    Tag,
    TagAlias,
)
from tests.importing.conftest import run
from tests.media import files

DERIVED = "computed at every write from the text or the relations"
IDENTITY = "identifies a row of one database"
NOT_EXPORTED = {
    Post: {
        "id": IDENTITY,
        "version": IDENTITY,
        "body": "is the text of the file",
        **dict.fromkeys(["body_html", "toc_html", "excerpt", "word_count", "lead_image", "rendered_by"], DERIVED),
        **dict.fromkeys(["author_links", "tag_links", "image_uses", "search_document"], DERIVED),
        **dict.fromkeys(["pending_row", "pending_image_uses"], "changes that wait are not the post yet"),
        "source_state": "it tells an import what has not changed in its source",
        "source_id": "each import sets its own, to recognise the file",
        "revised_at": "a file has one date of the last change",
        "translations": "each translation names its original",
        "comments": "contain personal data of readers; a backup has them",
        "preview_links": "are secrets, and expire",
        **dict.fromkeys(["review", "assignment"], "are of editors alone; a backup has them"),
    },
    Author: {
        "id": IDENTITY,
        "version": IDENTITY,
        "slug": "is what the row is called",
        "posts": DERIVED,
        "post_links": DERIVED,
    },
    Tag: {
        "id": IDENTITY,
        "version": IDENTITY,
        "name": "is what the row is called",
        "name_key": DERIVED,
        "posts": DERIVED,
        "post_links": DERIVED,
    },
    Series: {
        "id": IDENTITY,
        "version": IDENTITY,
        "title": "is what the row is called",
        "title_key": DERIVED,
        "posts": "each post names its series",
    },
    SeriesAlias: {"id": IDENTITY, "created_at": "is of no interest to readers", "slug": "", "series": ""},
    Image: {
        "id": IDENTITY,
        "version": IDENTITY,
        "files": "are made again from the largest one, which is exported",
        "uploaded_by": "accounts are not content",
        "uses": DERIVED,
        "pending_uses": "changes that wait are not the post yet",
        "posts_with_it_as_cover": "each post names its cover",
        "portraits": "each author names their picture",
    },
    PostAlias: {"id": IDENTITY, "created_at": "is of no interest to readers", "path": "", "post": ""},
    TagAlias: {
        "id": IDENTITY,
        "created_at": "is of no interest to readers",
        "slug": "",
        "tag": "",
        "former_id": IDENTITY,
    },
    AuthorAlias: {"id": IDENTITY, "created_at": "is of no interest to readers", "slug": "", "author": ""},
    PostAuthor: {"id": IDENTITY, "post": "", "author": "", "position": "", "listed_at": DERIVED, "changed_at": DERIVED},
    PostTag: {"id": IDENTITY, "post": "", "tag": "", "listed_at": DERIVED, "changed_at": DERIVED},
}
"""The fields that are not exported, and why. Relations are exported through the rows that they connect."""


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """Store images in a temporary folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


def test_every_field_is_exported_or_listed_as_not_exported():
    for model, reasons in NOT_EXPORTED.items():
        fields = {field.name for field in model._meta.get_fields()}
        assert fields == set(exporter.KEYS.get(model, {})) | set(reasons), (
            f"{model.__name__}: name the new field in apps/importing/exporter.py (of a post: in AUTHORED_FIELDS, or in "
            "export_fields.py), or add it here with the reason"
        )


def create_image(name: str, content: bytes, **fields) -> Image:
    return media.create_image(by=None, file=ContentFile(content, name=name), **fields)


def create_blog(alice) -> None:
    """Write a blog in which every field has a value."""
    now = timezone.now()
    day = datetime(2019, 3, 31, 1, 2, 3, 456789, tzinfo=UTC)
    writer = alice.author
    services.update_author(writer, expected_version=1, bio="Writes:\n\n- a lot", website="https://alice.example/")
    other = services.create_author(name="Bób: “Brown” #1", slug="bob", aliases=["bob-green"])
    services.create_author(name="Nobody yet")
    news = services.create_tag(name="News: all", description="What is new.\n---\nAnd: more.", aliases=["old-news"])
    yes = services.create_tag(name="Yes", slug="2020")
    services.create_tag(name="Unused")
    year = services.create_series(title="A year: “one”", description="All of it.\n---", aliases=["the-year"])
    services.create_series(title="No parts yet", slug="none")
    photo = create_image(
        "My Photo.jpg", files.jpeg(), alt='A “lake”: "blue"', credit="Alice", focal_x=0.25, focal_y=0.75
    )
    unused_image = create_image("alone.png", files.encode(files.photo(3000, 20, "RGBA"), "PNG"), alt="Nobody shows it")
    assert unused_image.pk
    links = "https://a.example/@alice\nhttps://b.example/alice"
    services.update_author(writer, expected_version=2, links=links, picture=photo)
    original = services.create_post(
        by=None,
        title="  3.10: it's “all” #here ",
        slug="one",
        summary="First line.\n\n---\nSecond: line.",
        body=f"# Title in the text\n\n---\n\n{photo.markdown}\n\n    {{{{ code }}}}\n\n{{% raw %}} [x](one.md)\n\n"
        f"[large](/media/{photo.digest}/{photo.files[0]}) https://elsewhere.example/media/{photo.digest}/480.webp",
        status="published",
        published_at=day,
        created_at=day - timedelta(days=3),
        updated_at=day + timedelta(days=3),
        language="en",
        cover_image=photo,
        seo_title="SEO: title",
        seo_description="SEO # description",
        canonical_url="https://elsewhere.example/one?x=1",
        tags=[news, yes],
        series=year,
        series_position=3,
        authors=[other, writer],
        aliases=["/old/one.html", "/grüße/"],
    )
    services.create_post(
        by=None,
        title="Eins",
        slug="a-first",
        language="de",
        translation_of=original,
        status="published",
        published_at=day,
    )
    services.create_post(by=None, title="A draft", status="draft", comments_allowed=False, series=year)
    services.create_post(by=None, title="A dated draft", status="draft", published_at=day)
    services.create_post(by=None, title="2030", status="published", published_at=now + timedelta(days=900))
    services.create_post(by=None, title="A page", kind="page", status="published", body="\nText\r\n\r\nMore\n")
    gone = services.create_post(by=None, title="Gone", status="published", published_at=day)
    services.trash_post(gone, by=None, expected_version=1)
    hidden = services.create_post(by=None, title="Withdrawn", status="published", published_at=day)
    services.update_post(hidden, by=None, expected_version=1, status="draft")
    Comment.objects.create(post=original, name="A reader", body="Hello", thread="1")


def blog_state() -> dict:
    """Return the content of the blog, with slugs instead of ids."""
    without = {"id", "version", "source_id", "cover_image", "translation_of", "series"}
    columns = [field.attname for field in Post._meta.concrete_fields if field.name not in without]
    posts = {}
    for post in Post.objects.select_related("cover_image", "translation_of", "series"):
        values = {name: getattr(post, name) for name in columns}
        values |= {
            # Exporting strips the newlines around a body and normalises its line endings.
            "body": post.body.replace("\r\n", "\n").strip("\n"),
            "cover": post.cover_image and post.cover_image.digest,
            "original": post.translation_of and post.translation_of.slug,
            "series": post.series and post.series.slug,
            "authors": [author.slug for author in post.ordered_authors],
            "tags": [tag.slug for tag in post.ordered_tags],
            "aliases": sorted(post.aliases.values_list("path", flat=True)),
            "shows": sorted(post.image_uses.values_list("image__digest", flat=True)),
        }
        posts[post.slug] = values
    of_authors = ("slug", "name", "bio", "website", "links", "picture__digest", "user__username")
    described = ["digest", "name", "kind", "width", "height", "size", "files", *Image.DESCRIPTION_FIELDS, "created_at"]
    return {
        "posts": posts,
        "authors": sorted(Author.objects.values_list(*of_authors), key=str),
        "tags": sorted(Tag.objects.values_list("slug", "name", "description")),
        "series": sorted(Series.objects.values_list("title", "slug", "description", "aliases__slug"), key=str),
        "former tags": sorted(TagAlias.objects.values_list("slug", "tag__slug")),
        "former authors": sorted(AuthorAlias.objects.values_list("slug", "author__slug")),
        "images": {image.digest: [getattr(image, name) for name in described] for image in Image.objects.all()},
    }


def export(folder: Path) -> str:
    return successful_output("export_markdown", str(folder))


def import_(folder: Path, *options: str) -> str:
    return successful_output("import_markdown", str(folder), *options)


def successful_output(command: str, *arguments: str) -> str:
    done = run(command, *arguments)
    assert done.status == 0, done.err
    return done.out + done.err


def delete_all_content() -> None:
    for image in Image.objects.all():
        for name in image.files:
            default_storage.delete(f"{image.digest}/{name}")
    Post.history.all().delete()
    Post.objects.update(cover_image=None)
    for model in (Post, Author, Tag, Series, Image):
        model.objects.all().delete()


@pytest.fixture
def exported(alice, tmp_path) -> tuple[Path, dict]:
    """Export a blog and delete it; return the folder of the export and the state of the blog before."""
    create_blog(alice)
    before = blog_state()
    assert export(tmp_path / "blog") == "posts: 8 exported\n"
    delete_all_content()
    assert not Post.objects.exists()
    return tmp_path / "blog", before


def test_importing_an_export_restores_the_same_blog(exported):
    folder, before = exported
    assert import_(folder) == "posts: 8 created, 0 updated, 0 unchanged, 0 failed\n"
    after = blog_state()
    assert after["posts"].keys() == before["posts"].keys()
    for slug, values in before["posts"].items():
        assert after["posts"][slug] == values, slug
    assert after == before


def test_importing_an_export_twice_changes_nothing(exported):
    folder, _before = exported
    import_(folder)
    once = [blog_state(), Post.history.count()]
    assert import_(folder) == "posts: 0 created, 0 updated, 8 unchanged, 0 failed\n"
    assert [blog_state(), Post.history.count()] == once


def test_exporting_an_imported_export_writes_the_same_files(exported, tmp_path):
    folder, _before = exported
    import_(folder)
    export(tmp_path / "again")
    read = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.suffix in (".md", ".yml")}
    assert len(read) == 8 + 5
    for name, content in read.items():
        again = (tmp_path / "again" / name).read_bytes()
        if name.parent.name != "_data":  # The rows of `_data` are in the order of ids.
            assert again == content, name
        assert sorted(again.splitlines()) == sorted(content.splitlines()), name


def test_a_dry_run_of_an_export_writes_nothing(exported):
    folder, _before = exported
    assert "posts: 8 created, 0 updated, 0 unchanged, 0 failed\n" in import_(folder, "--dry-run")
    assert not any(model.objects.exists() for model in (Post, Author, Tag, Image))


def test_posts_that_are_not_public_are_exported_as_drafts(exported):
    folder, _before = exported
    hidden = {path.stem for path in folder.glob("*s/*.md") if "\ndraft: true\n" in path.read_text()}
    assert hidden == {"a-draft", "a-dated-draft", "gone", "withdrawn"}


def test_texts_refer_to_exported_images_by_file_name(exported):
    folder, _before = exported
    (name,) = (path.name for path in (folder / "images").glob("my-photo-*.webp"))
    text = (folder / "posts" / "one.md").read_text()
    assert f"](../images/{name}#my-photo)" in text
    assert f"cover: ../images/{name}\n" in text


def test_comments_are_not_exported(exported):
    folder, _before = exported
    assert not [path for path in folder.rglob("*") if path.is_file() and b"A reader" in path.read_bytes()]


def test_an_export_into_a_folder_that_is_not_empty_is_refused(db, tmp_path):
    (tmp_path / "mine.txt").write_text("Mine.")
    with pytest.raises(CommandError, match="is not empty"):
        export(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_image_without_files_is_reported_and_the_rest_is_exported(make_post, tmp_path):
    image = create_image("lost.jpg", files.jpeg())
    make_post("With it", body=image.markdown)
    default_storage.delete(f"{image.digest}/{max(int(name.split('.')[0]) for name in image.files)}.webp")
    done = run("export_markdown", str(tmp_path / "blog"))
    assert (done.status, done.out) == (1, "posts: 1 exported\n")
    assert done.problems == ["The image lost.jpg has lost its files; it is left out."]


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("_data/images.yml", "digest: ", "digest: ../../x", "my-photo"),
        ("_data/images.yml", "width: ", "width: x", "my-photo"),
        ("posts/one.md", "date: '", "date: 'soon ", "`date` is"),
        ("posts/one.md", "tags:\n-", "tags: x\nothers:\n-", "`tags` is no list"),
    ],
)
def test_a_damaged_file_of_an_export_is_reported_and_the_rest_is_imported(exported, name, old, new, problem):
    folder, _before = exported
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace(old, new, 1))
    done = run("import_markdown", str(folder))
    assert done.status == 1
    assert problem in done.err
    assert done.last_line == "posts: 7 created, 0 updated, 0 unchanged, 1 failed"
