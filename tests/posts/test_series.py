"""Series: a post's place in one, the order of the parts, and what a change of a series does to its posts."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from apps.core.models import ContentGeneration
from apps.media import services as media
from apps.posts import services
from apps.posts.models import Post, Series, SeriesAlias
from tests.media.files import jpeg


@pytest.fixture
def series(db) -> Series:
    return services.create_series(title="A garden in a year")


def update(row: Post | Series, **fields):
    service = services.update_series if isinstance(row, Series) else services.update_post
    row.refresh_from_db()
    return service(row, by=None, expected_version=row.version, **fields)


def order(series: Series) -> list[tuple[str, int]]:
    """Return the titles and positions of the parts, in reading order."""
    return list(Post.objects.in_series(series).values_list("title", "series_position"))


def refusal(call, *args, **fields) -> dict:
    with pytest.raises(ValidationError) as refused:
        call(*args, **fields)
    return refused.value.message_dict


def test_a_post_that_comes_to_a_series_without_a_position_becomes_its_last_part(series, make_post):
    make_post("One", series=series)
    make_post("Seven", series=series, series_position=7)
    two = make_post("Two")
    update(two, series=series)
    assert order(series) == [("One", 1), ("Seven", 7), ("Two", 8)]


def test_a_post_keeps_its_position_unless_it_is_given_another(series, make_post):
    one = make_post("One", series=series)
    make_post("Two", series=series)
    update(one, title="First", series=series, series_position=None)
    assert order(series) == [("First", 1), ("Two", 2)]
    update(one, series_position=3)
    assert order(series) == [("Two", 2), ("First", 3)]


def test_a_post_that_moves_to_another_series_becomes_its_last_part(series, make_post):
    other = services.create_series(title="Tools")
    make_post("Spade", series=other)
    one = make_post("One", series=series, series_position=9)
    update(one, series=other)
    assert order(other) == [("Spade", 1), ("One", 2)]


def test_a_post_that_leaves_its_series_has_no_position(series, make_post):
    one = make_post("One", series=series)
    update(one, series=None)
    one.refresh_from_db()
    assert (one.series, one.series_position) == (None, None)


def test_a_position_without_a_series_is_refused(make_post):
    assert "Choose the series" in refusal(make_post, series_position=1)["series_position"][0]


def test_a_position_counts_from_one(series, make_post):
    assert "series_position" in refusal(make_post, series=series, series_position=0)


def test_a_full_series_takes_no_further_part_but_keeps_those_it_has(series, make_post, monkeypatch):
    monkeypatch.setattr(Series, "MAX_PARTS", 2)
    one, _two = make_post("One", series=series), make_post("Two", series=series)
    assert "has 2 parts already" in refusal(make_post, "Three", series=series)["series"][0]
    update(one, title="Still here", series=series)


def test_two_series_cannot_have_titles_that_look_alike(series):
    other = services.create_series(title="Tools")
    message = "There is a series of this title already."
    assert refusal(services.create_series, title=" a GARDEN in a year ") == {"title": [message]}
    assert refusal(update, other, title="A garden in a year") == {"title": [message]}
    update(series, title="A Garden in a Year")


def test_a_typed_title_finds_a_series_or_makes_it(series):
    assert services.series_titled("a garden  in a year") == series
    assert services.series_titled("Tools").slug == "tools"


def test_a_changed_slug_leaves_an_alias(series):
    update(series, slug="garden")
    assert list(SeriesAlias.objects.values_list("slug", flat=True)) == ["a-garden-in-a-year"]
    assert Series.objects.find_by_slug("a-garden-in-a-year") == series


def test_a_new_order_gives_the_posts_that_move_a_version_and_no_others(series, make_post, erika):
    one, two, three = (make_post(title, series=series) for title in ("One", "Two", "Three"))
    updated = one.modified_at
    services.update_series(series, by=erika, expected_version=1, parts=[two.pk, one.pk, three.pk])
    assert order(series) == [("Two", 1), ("One", 2), ("Three", 3)]
    assert [Post.objects.get(pk=post.pk).version for post in (one, two, three)] == [2, 2, 1]
    newest = Post.history.filter(id=one.pk).order_by("-history_id").first()
    assert (newest.history_user, newest.history_change_reason, newest.series_position) == (erika, "put in order", 2)
    assert newest.tags.count() == one.tags.count()
    one.refresh_from_db()
    # To readers the post is no newer than before.
    assert one.modified_at == updated


def test_posts_that_a_new_order_does_not_name_follow_in_their_order(series, make_post):
    posts = [make_post(title, series=series) for title in ("One", "Two", "Three")]
    update(series, parts=[posts[2].pk, 999_999])
    assert [title for title, _position in order(series)] == ["Three", "One", "Two"]


def test_the_order_that_a_series_has_already_writes_nothing(series, make_post):
    posts = [make_post(title, series=series) for title in ("One", "Two")]
    update(series, parts=[post.pk for post in posts])
    series.refresh_from_db()
    assert series.version == 1
    assert {post.version for post in Post.objects.all()} == {1}


def test_an_order_from_an_old_version_of_the_series_is_refused_whole(series, make_post):
    one, two = make_post("One", series=series), make_post("Two", series=series)
    update(series, description="What grows.")
    with pytest.raises(services.StaleVersion):
        services.update_series(series, expected_version=1, parts=[two.pk, one.pk])
    assert order(series) == [("One", 1), ("Two", 2)]


def test_a_deleted_series_leaves_its_posts_as_they_were(series, make_post):
    post = make_post(series=series)
    services.delete_series(series)
    post.refresh_from_db()
    assert (post.series, post.series_position, post.version) == (None, None, 1)


def test_every_change_of_a_series_makes_cached_pages_stale(series, make_post):
    one, two = make_post("One", series=series), make_post("Two", series=series)
    for change in (
        lambda: update(series, title="Gardens"),
        lambda: update(series, parts=[two.pk, one.pk]),
        lambda: services.delete_series(series),
    ):
        before = ContentGeneration.objects.get().value
        change()
        assert ContentGeneration.objects.get().value > before


def test_a_post_that_shows_a_picture_can_be_moved(series, make_post, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    cover = media.create_image(by=None, file=ContentFile(jpeg(64, 64), name="lake.jpg"))
    one, two = make_post("One", series=series, cover_image=cover), make_post("Two", series=series)
    update(series, parts=[two.pk, one.pk])
    one.refresh_from_db()
    assert (one.cover_image, list(one.image_uses.values_list("image", flat=True))) == (cover, [cover.pk])
