"""A Ghost site is imported completely, whichever version exported it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, PostAlias, Tag
from tests.importing.conftest import run
from tests.media import files

UUID = "9a1c1a4e-5f0e-4c39-8c5f-000000000001"
AUTHORS = [{"id": "u1", "name": "Alice Adams", "slug": "alice", "bio": "Writes.", "website": "https://alice.example"}]
TAGS = [
    {"id": "t1", "name": "Tea", "slug": "tea", "description": "All about <b>tea</b>.", "visibility": "public"},
    {"id": "t2", "name": "#hidden", "slug": "hash-hidden", "visibility": "internal"},
    {"id": "t3", "name": "Coffee", "slug": "coffee"},
]


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """Store images in a temporary folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


def row(number: int = 1, **values) -> dict:
    return {
        "id": f"p{number}",
        "uuid": f"{UUID[:-1]}{number}",
        "title": "A post",
        "slug": "a-post",
        "html": "<p>Text.</p>",
        "mobiledoc": None,
        "lexical": "{}",
        "feature_image": None,
        "status": "published",
        "visibility": "public",
        "type": "post",
        "locale": None,
        "custom_excerpt": None,
        "created_at": "2020-01-01T00:00:00.000Z",
        "updated_at": "2020-01-03T00:00:00.000Z",
        "published_at": "2020-01-02T00:00:00.000Z",
    } | values


def test_a_post_is_imported_with_all_its_fields(ghost):
    result = ghost(
        posts=[row(custom_excerpt="In short.", canonical_url="https://elsewhere.example/x", locale="de")],
        users=AUTHORS,
        tags=TAGS,
        posts_authors=[{"post_id": "p1", "author_id": "u1", "sort_order": 0}],
        posts_tags=[
            {"post_id": "p1", "tag_id": "t1", "sort_order": 1},
            {"post_id": "p1", "tag_id": "t2", "sort_order": 2},
            {"post_id": "p1", "tag_id": "t3", "sort_order": 0},
        ],
        posts_meta=[{"post_id": "p1", "meta_title": "SEO title", "meta_description": "SEO description"}],
    )
    assert (result.out, result.err, result.status) == ("posts: 1 created, 0 updated, 0 unchanged, 0 failed\n", "", 0)
    post = Post.objects.get()
    assert (post.title, post.slug, post.body, post.summary) == ("A post", "a-post", "Text.", "In short.")
    assert (post.seo_title, post.seo_description) == ("SEO title", "SEO description")
    assert (post.canonical_url, post.language) == ("https://elsewhere.example/x", "de")
    assert [post.created_at.day, post.published_at.day, post.updated_at.day] == [1, 2, 3]
    assert Author.objects.values_list("name", "bio", "website").get() == (
        "Alice Adams",
        "Writes.",
        "https://alice.example",
    )
    assert list(Tag.objects.order_by("name").values_list("name", "slug", "description")) == [
        ("Coffee", "coffee", ""),
        ("Tea", "tea", "All about tea."),
    ]
    assert not PostAlias.objects.exists()


def test_an_export_of_an_early_version_is_imported(tmp_path, db):
    old = {
        "meta": {"exported_on": 1388318311015, "version": "003"},
        "data": {
            "posts": [
                {
                    "id": 5,
                    "uuid": UUID,
                    "title": "Old",
                    "slug": "old",
                    "markdown": "Some *text*.",
                    "html": "",
                    "page": 1,
                    "status": "published",
                    "language": "en_US",
                    "author_id": 1,
                    "created_at": 1388318310782,
                    "published_at": 1388404710782,
                    "image": "",
                }
            ],
            "users": [{"id": 1, "name": "Alice Adams", "website": "none"}],
            "tags": [{"id": 3, "name": "Tea", "slug": "tea"}],
            "posts_tags": [{"tag_id": 3, "post_id": 5}],
            "settings": [{"key": "permalinks", "value": "/:year/:month/:day/:slug/"}],
        },
    }
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert run("import_ghost", str(tmp_path / "old.json")).err == ""
    post = Post.objects.get()
    assert (post.kind, post.body, post.language) == ("page", "Some *text*.", "")
    assert post.published_at == datetime(2013, 12, 30, 11, 58, 30, 782000, tzinfo=UTC)
    assert [author.name for author in post.ordered_authors] == ["Alice Adams"]
    assert [tag.name for tag in post.ordered_tags] == ["Tea"]


@pytest.mark.parametrize(("value", "is_featured"), [(True, True), (1, True), (0, False), (None, False)])
def test_featured_posts_are_featured_here(ghost, value, is_featured):
    ghost(posts=[row(featured=value)])
    assert Post.objects.get().is_featured is is_featured


def test_dated_addresses_of_early_versions_redirect_to_the_posts(ghost, client):
    ghost(posts=[row()], settings=[{"key": "permalinks", "value": "/:year/:month/:day/:slug/"}])
    assert client.get("/2020/01/02/a-post/")["Location"] == "/a-post/"


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        ({"status": "draft", "published_at": None}, "draft", ""),
        ({"status": "scheduled", "published_at": "2999-01-01T00:00:00.000Z"}, "published", ""),
        ({"visibility": "members"}, "draft", "was for members only"),
        ({"visibility": "paid"}, "draft", "was for paid only"),
        ({"status": "sent"}, "draft", "was only sent by e-mail"),
        ({"published_at": None}, "draft", "is published but has no date"),
    ],
)
def test_posts_that_were_not_public_are_not_public_after_the_import(ghost, values, status, message):
    run = ghost(posts=[row(**values)])
    post = Post.objects.get()
    assert (post.status, post.is_public()) == (status, False)
    assert message in run.err
    assert bool(run.err) == bool(message)


@pytest.mark.parametrize(
    ("values", "body", "message"),
    [
        ({"mobiledoc": json.dumps({"cards": [["markdown", {"markdown": "Some *text*."}]]})}, "Some *text*.", ""),
        ({"plaintext": "Some text."}, "Some text.", "the file has no HTML of it; its words are taken"),
        (
            {"mobiledoc": json.dumps({"cards": [["html", {}]]})},
            "",
            "the file has no HTML of it; only its fields are taken",
        ),
        ({"lexical": "[" * 5000}, "", "the file has no HTML of it; only its fields are taken"),
    ],
)
def test_a_post_without_html_is_imported_from_its_other_fields(ghost, values, body, message):
    run = ghost(posts=[row(html=None, **values)])
    assert Post.objects.get().body == body
    assert message in run.err


def test_links_between_posts_are_mapped_to_new_addresses(ghost):
    html = '<p><a href="__GHOST_URL__/two/">a</a> <a href="https://old.example/two/">b</a> <a href="https://x.example/two/">c</a></p>'
    services.create_post(by=None, title="Two")
    ghost(posts=[row(html=html), row(2, slug="two", title="Two")], options=["--url", "https://old.example"])
    assert Post.objects.get(slug="a-post").body == "[a](/two-2/) [b](/two-2/) [c](https://x.example/two/)"


def test_images_are_imported_from_a_copy_of_their_folder(ghost, tmp_path):
    path = tmp_path / "images" / "2020" / "01" / "lake.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(files.jpeg())
    html = '<figure class="kg-card kg-image-card"><img src="__GHOST_URL__/content/images/size/w600/2020/01/lake.jpg" class="kg-image" alt="x" srcset="y 600w"></figure>'
    post = row(html=html, feature_image="__GHOST_URL__/content/images/2020/01/lake.jpg")
    meta = [{"post_id": "p1", "feature_image_alt": "A lake"}]
    assert ghost(posts=[post], posts_meta=meta, options=["--images", str(tmp_path / "images")]).err == ""
    image = Image.objects.get()
    assert Post.objects.get().body == f"![x]({image.address})"
    assert Post.objects.get().cover_image == image
    assert image.alt == "A lake"


def test_readers_of_feeds_know_imported_posts_by_their_old_ids(ghost, client):
    ghost(posts=[row(id="5f0c")])
    assert '<guid isPermaLink="false">5f0c</guid>' in client.get("/feed.rss").text
    # The ids of Atom are addresses.
    assert "<id>urn:uuid:" in client.get("/feed.atom").text.partition("<entry")[2]


FILE = "__GHOST_URL__/content/images/2020/01/x.png"


@pytest.mark.parametrize(
    ("options", "address", "note"),
    [
        (
            ["--url", "https://old.example/"],
            "https://old.example/content/images/2020/01/x.png",
            "Pictures that stay at",
        ),
        ([], "/content/images/2020/01/x.png", "Pictures that show nothing: 1."),
    ],
)
def test_a_picture_that_is_not_at_hand_is_said_to_be_where_it_is(ghost, options, address, note):
    run = ghost(posts=[row(html=f'<p><img src="{FILE}" alt="x"></p>')], options=options)
    assert Post.objects.get().body == f"![x]({address})"
    assert note in run.err
    assert f"old.json: post p1 “A post”: {address}" in run.err


def test_the_part_for_members_is_not_public(ghost):
    run = ghost(posts=[row(html="<p>Open.</p><!--members-only--><p>Only for <b>some</b>.</p><p>More</p>")])
    assert Post.objects.get().body == "Open."
    assert "the part for members only (5 words) is left out" in run.err


def test_the_caption_of_the_cover_is_kept(ghost):
    meta = [{"post_id": "p1", "feature_image_caption": "Photo by <b>Zed</b>"}]
    ghost(posts=[row(feature_image="https://x.example/a.png")], posts_meta=meta)
    assert "Photo by <strong>Zed</strong>" in Post.objects.get().body_html


CARDS = {
    '<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container" href="https://x.example/"><div><div class="kg-bookmark-title">Title</div>'
    '<div class="kg-bookmark-description">About</div><span class="kg-bookmark-author">Ann</span></div><img src="i.png"></a><figcaption>Cap</figcaption></figure>': "> [Title](https://x.example/)\n>\n> About\n>\n> Ann\n>\n> Cap",
    '<div class="kg-card kg-callout-card"><div class="kg-callout-emoji">💡</div><div class="kg-callout-text">Call <b>out</b></div></div>': "> 💡 Call **out**",
    '<div class="kg-card kg-toggle-card"><div class="kg-toggle-heading"><h4 class="kg-toggle-heading-text">Q</h4><button>+</button></div><div class="kg-toggle-content"><p>A</p></div></div>': "<details><summary>Q</summary><p>A</p></details>",
    '<div class="kg-card kg-audio-card"><img src=""><audio src="https://x.example/s.mp3"></audio><div class="kg-audio-title">Song</div><span class="kg-audio-current-time">0:00</span></div>': '<div><audio controls="" src="https://x.example/s.mp3"></audio></div>\n\nSong',
    '<div class="kg-card kg-file-card"><a href="https://x.example/f.pdf"><div class="kg-file-card-title">File</div><div class="kg-file-card-metadata"><div>f.pdf</div><div>1 MB</div></div></a></div>': "[File](https://x.example/f.pdf) f.pdf 1 MB",
    '<div class="kg-card kg-product-card"><h4>Tea</h4><div class="kg-product-card-rating-stars"><span>★</span></div><p>Good.</p><a href="https://x.example/">Buy</a></div>': "#### Tea\n\nGood.\n\n[Buy](https://x.example/)",
}


@pytest.mark.parametrize(("html", "body"), CARDS.items())
def test_cards_are_plain_text_here(ghost, html, body):
    ghost(posts=[row(html=html)])
    assert Post.objects.get().body == body


def test_a_second_run_updates_only_changed_posts(ghost):
    ghost(posts=[row(), row(2, slug="two")])
    assert ghost(posts=[row(), row(2, slug="two")]).last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    assert ghost(posts=[row(html="<p>New.</p>"), row(2, slug="two")]).last_line == (
        "posts: 0 created, 1 updated, 1 unchanged, 0 failed"
    )


def test_a_dry_run_writes_nothing(ghost):
    result = ghost(posts=[row()], users=AUTHORS, tags=TAGS, options=["--dry-run"])
    assert result.out == "posts: 1 created, 0 updated, 0 unchanged, 0 failed\n"
    assert not any(model.objects.exists() for model in (Post, Author, Tag))
