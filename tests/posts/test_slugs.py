"""Slugs: made from titles in any script, unique, and not reserved for the site's own paths."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import get_resolver

from apps.posts import services, slugs
from apps.posts.models import Post
from apps.site import services as site
from blog_project import addresses

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Crème brûlée", "creme-brulee"),
        ("Привет мир", "privet-mir"),
        ("你好世界", "ni-hao-shi-jie"),
        ("🎉🎉", "post"),
        ("…", "post"),
        ("Admin", "admin-2"),
    ],
)
def test_a_title_in_any_script_makes_a_slug(make_post, title, slug):
    assert make_post(title).slug == slug


def test_arabic_makes_a_slug_that_is_valid(make_post):
    post = make_post("مرحبا بالعالم")
    post.full_clean(exclude=["published_at"])
    assert post.slug not in ("", "post")


def test_a_page_without_a_readable_title_gets_a_slug_that_is_not_reserved(make_post):
    assert make_post("🎉", kind=Post.Kind.PAGE).slug == "page-2"


def test_a_long_title_is_cut_between_words_and_leaves_room_for_a_number(make_post):
    titles = [make_post("wordy " * 33).slug for _ in range(2)]
    assert titles[0] == "-".join(["wordy"] * 10)
    assert titles[1] == titles[0] + "-2"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        # 60 characters stay whole; of 61 the last word goes, and no shorter word after it takes its place.
        ("a" * 29 + " " + "b" * 30, "a" * 29 + "-" + "b" * 30),
        ("a" * 29 + " " + "b" * 31, "a" * 29),
        ("a" * 29 + " " + "b" * 31 + " c", "a" * 29),
        (
            "Über die Höhe der Ämter: " + "ein langer Satz, der nicht enden will " * 3,
            "uber-die-hohe-der-amter-ein-langer-satz-der-nicht-enden-will",
        ),
        # A word that is longer than that stays whole where it is the first.
        ("x" * 80, "x" * 80),
        ("x" * 80 + " y", "x" * 80),
        ("x" * 199, "x" * 192),
    ],
)
def test_a_slug_of_a_title_ends_at_a_word_near_60_characters(make_post, title, slug):
    assert make_post(title).slug == slug


def test_a_given_slug_and_an_existing_one_stay_as_long_as_they_are(make_post):
    slug = "-".join(["wordy"] * 30)
    post = make_post("Wordy", slug=slug)
    services.update_post(post, by=None, expected_version=1, title="wordy " * 20, slug=slug)
    assert Post.objects.get().slug == slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("きょうのがっこう", "kyounogakkou"),
        ("コンピューターとパーティー", "konpyuutaa-to-paateii"),
        ("ﾊﾝｶｸ カナ", "hankaku-kana"),
        ("日本語の記事", "nihongo-no-kiji"),
        ("東京タワー 2024", "toukyou-tawaa-2024"),
        ("C++で書く", "c-de-kaku"),
        ("Only English", "only-english"),
    ],
)
def test_a_japanese_title_is_transliterated_as_japanese(make_post, title, slug):
    for number, language in enumerate(["ja", "ja-JP"], 1):
        assert make_post(title, language=language).slug == (slug if number == 1 else f"{slug}-{number}")


def test_a_title_is_read_in_the_language_of_the_post_or_else_of_the_site(make_post):
    assert make_post("日本語", language="zh").slug == "ri-ben-yu"
    assert make_post("日本語").slug == "ri-ben-yu-2"
    stored = site.stored_site()
    site.update_site(stored, expected_version=stored.version, language="ja")
    assert make_post("日本語").slug == "nihongo"


@pytest.mark.parametrize("slug", ["Not valid", "ümlaut", "-a", "a--b", "a/b", "a\n"])
def test_an_invalid_slug_is_refused_with_the_rule(make_post, slug):
    with pytest.raises(ValidationError, match="a-z, 0-9 and single hyphens"):
        make_post(slug=slug)


def test_a_given_slug_that_is_in_use_is_refused(make_post):
    make_post(slug="mine")
    with pytest.raises(ValidationError, match="slug is taken"):
        make_post(slug="mine")
    assert Post.objects.count() == 1


def test_a_reserved_slug_is_refused(make_post):
    with pytest.raises(ValidationError, match="the site needs itself"):
        make_post(slug="tags")


def test_slugs_of_the_same_title_are_numbered(make_post):
    assert [make_post("Same").slug for _ in range(4)] == ["same", "same-2", "same-3", "same-4"]


def test_a_slug_after_a_thousand_of_the_same_title_takes_few_queries(make_post, django_assert_max_num_queries):
    rows = (Post(title="x", slug="same" if n == 1 else f"same-{n}") for n in range(1, 1001))
    Post.objects.bulk_create(rows)
    with django_assert_max_num_queries(8):
        assert slugs.free_slug("same", slugs.taken_among_posts(None)) == "same-1001"


def test_a_former_slug_is_not_given_to_another_post(make_post):
    first = make_post("Same")
    services.update_post(first, by=None, expected_version=1, slug="renamed")
    assert make_post("Same").slug == "same-2"


def test_every_first_segment_that_the_site_routes_is_reserved():
    segments = set()
    for route in get_resolver().url_patterns:
        first, slash, _rest = str(route.pattern).lstrip("^").partition("/")
        if slash and first and not set(first) & set("<(\\[.?"):
            segments.add(first)
    assert {"admin", "api", "tags"} <= segments
    assert segments <= addresses.RESERVED_SLUGS
