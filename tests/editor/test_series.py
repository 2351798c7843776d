"""Series in the desk: chosen or made in the form of a post, and put in order in a form of their own."""

import pytest
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post, Series
from tests.editor.forms import fields_of


@pytest.fixture
def series(db) -> Series:
    return services.create_series(title="A garden in a year")


@pytest.fixture
def parts(series, make_post) -> list[Post]:
    return [make_post(title, series=series) for title in ("One", "Two", "Three")]


@pytest.fixture
def save(log_in, edit):
    """Save the form of a post, or of a new one, with these fields."""

    def send(user, post=None, **fields):
        client = log_in(user)
        url, form = edit(client, post)
        return client.post(url, {**form, "title": "Tides", "_continue": "1", **fields}, follow=True)

    return send


@pytest.fixture
def send(log_in, series):
    """Send the form of the series with these fields."""

    def send(user, *, before=lambda: None, **fields):
        client, url = log_in(user), reverse("admin:posts_series_change", args=[series.pk])
        form = fields_of(client.get(url), "series_form")
        before()
        return client.post(url, {**form, **fields}, follow=True)

    return send


def order(series: Series) -> list[str]:
    return list(Post.objects.in_series(series).values_list("title", flat=True))


def test_a_post_is_put_into_a_series_as_its_last_part(erika, save, series, parts):
    save(erika, series=str(series.pk))
    assert order(series) == ["One", "Two", "Three", "Tides"]


def test_a_typed_title_makes_a_series_or_finds_the_one_that_has_it(alice, save, series):
    save(alice, series="new:Tools")
    assert str(Post.objects.get().series) == "Tools"
    save(alice, Post.objects.get(), series="new:a garden in a YEAR")
    assert Post.objects.get().series == series


def test_without_javascript_the_title_is_typed_in_a_text_field(erika, save):
    save(erika, series_by_name=" Tools ")
    assert str(Post.objects.get().series) == "Tools"


def test_a_form_with_errors_makes_no_series_and_keeps_the_title_chosen(erika, save):
    response = save(erika, series="new:Tools", title="")
    assert not Series.objects.exists()
    assert fields_of(response, "post_form")["series"] == ["new:Tools"]


def test_a_title_that_is_too_long_is_reported_at_the_field(erika, save):
    page = save(erika, series=f"new:{'x' * 151}").content.decode()
    assert "at most 150 characters" in page
    assert not Post.objects.exists()


def test_a_position_without_a_series_is_reported_at_the_field(erika, save):
    page = save(erika, series_position="2").content.decode()
    assert "A post that is in no series has no position." in page
    assert not Post.objects.exists()


def test_a_post_leaves_its_series_when_the_field_is_emptied(erika, save, parts):
    save(erika, parts[0], series="")
    parts[0].refresh_from_db()
    assert (parts[0].series, parts[0].series_position) == (None, None)


def test_saving_a_part_without_a_change_writes_nothing(erika, save, parts):
    save(erika, parts[1], title="Two")
    parts[1].refresh_from_db()
    assert parts[1].version == 1


def test_the_form_of_a_new_post_can_begin_with_a_series(erika, log_in, series):
    response = log_in(erika).get(reverse("admin:posts_post_add"), {"series": series.pk})
    assert fields_of(response, "post_form")["series"] == [str(series.pk)]
    assert log_in(erika).get(reverse("admin:posts_post_add"), {"series": "x' OR 1"}).status_code == 200


def test_the_submitted_order_of_the_parts_is_stored(erika, send, series, parts):
    send(erika, parts=[parts[2].pk, parts[0].pk, parts[1].pk])
    assert order(series) == ["Three", "One", "Two"]


@pytest.mark.parametrize(
    ("key", "direction", "expected"),
    [
        (1, "up", "Two One Three"),
        (1, "down", "One Three Two"),
        (0, "up", "One Two Three"),
        (2, "down", "One Two Three"),
    ],
)
def test_without_javascript_a_button_moves_a_part_and_returns_to_the_form(
    erika, send, series, parts, key, direction, expected
):
    response = send(erika, parts_move=f"{parts[key].pk}:{direction}")
    assert response.redirect_chain[-1][0] == reverse("admin:posts_series_change", args=[series.pk])
    assert order(series) == expected.split()


@pytest.mark.parametrize("move", ["", "x", "999999:up", ":", "1:sideways"])
def test_a_move_that_means_nothing_moves_nothing(erika, send, series, parts, move):
    assert send(erika, parts_move=move, parts=["x", "999999", *(part.pk for part in parts)]).status_code == 200
    assert order(series) == ["One", "Two", "Three"]


def test_a_part_that_came_meanwhile_stays_at_the_end(erika, send, series, parts, make_post):
    send(erika, before=lambda: make_post("Four", series=series), parts=[part.pk for part in reversed(parts)])
    assert order(series) == ["Three", "Two", "One", "Four"]


def test_who_orders_the_parts_second_is_shown_the_conflict(erika, send, series, parts):
    newer = [part.pk for part in reversed(parts)]
    response = send(
        erika,
        before=lambda: services.update_series(series, expected_version=1, parts=newer),
        parts=[parts[1].pk, parts[0].pk, parts[2].pk],
    )
    assert response.status_code == 409
    assert order(series) == ["Three", "Two", "One"]
    # What is shown in the form is the order that was sent.
    assert fields_of(response, "series_form")["parts"] == [str(parts[place].pk) for place in (1, 0, 2)]


def test_the_title_of_another_series_is_refused_at_its_field(erika, send, series):
    services.create_series(title="Tools")
    assert "There is a series of this title already." in send(erika, title="TOOLS").content.decode()


def test_the_form_shows_where_each_part_is(erika, log_in, series, make_post):
    make_post("Draft part", status="draft", series=series)
    services.trash_post(make_post("Trashed part", series=series), by=None, expected_version=1)
    page = log_in(erika).get(reverse("admin:posts_series_change", args=[series.pk])).content.decode()
    assert "Draft part</a>" in page
    assert '<span class="state state-draft">Draft</span>' in page
    assert "Trashed part" not in page


def test_an_author_sees_series_but_does_not_change_them_nor_sees_the_drafts_of_others(
    alice, log_in, series, parts, make_post
):
    make_post("Secret part", status="draft", series=series)
    client, url = log_in(alice), reverse("admin:posts_series_change", args=[series.pk])
    response = client.get(url)
    assert response.status_code == 200
    assert "Secret part" not in response.content.decode()
    assert client.post(url, {"title": "Mine"}).status_code == 403


def test_a_series_is_deleted_and_its_posts_stay(erika, log_in, series, parts):
    client = log_in(erika)
    response = client.post(reverse("admin:posts_series_delete", args=[series.pk]), {"post": "yes"}, follow=True)
    assert response.status_code == 200
    assert not Series.objects.exists()
    assert Post.objects.filter(series=None).count() == 3


def test_a_copy_of_a_part_is_no_part(erika, log_in, parts):
    log_in(erika).post(reverse("duplicate_post"), {"post": parts[0].pk})
    assert Post.objects.get(title="Copy of One").series is None


def test_the_history_names_the_series_and_restoring_brings_it_back(erika, log_in, series, parts):
    services.update_post(parts[0], by=erika, expected_version=1, series=None)
    client = log_in(erika)
    page = client.get(reverse("admin:posts_post_history", args=[parts[0].pk])).content.decode()
    assert "A garden in a year" in page
    first = Post.history.get(id=parts[0].pk, version=1).history_id
    client.post(reverse("admin:posts_post_simple_history", args=[parts[0].pk, first]), {"version": "2", "at_once": "1"})
    parts[0].refresh_from_db()
    assert (parts[0].series, parts[0].series_position) == (series, 1)


def test_a_user_without_the_permission_to_add_series_gets_an_error_for_a_new_title(alice, save):
    alice.groups.get().permissions.remove(*alice.groups.get().permissions.filter(codename="add_series"))
    page = save(alice, series="new:Tools").content.decode()
    assert "There is no series “Tools”, and you may not make one." in page
    assert 'data-new-tag="New series' not in page
