"""The series that the front matter of a post names, as Hugo, Zola and Jekyll sites write it."""

from __future__ import annotations

import pytest

from apps.posts.models import Post, Series

pytestmark = pytest.mark.any_database


def written(title: str, day: int, more: str) -> str:
    return f"---\ntitle: {title}\ndate: 2026-02-{day:02}\n{more}\n---\nBody.\n"


def parts(title: str) -> list[str]:
    series = Series.objects.find_by_title(title)
    return list(Post.objects.in_series(series).values_list("title", flat=True))


def test_posts_without_a_position_follow_each_other_by_date(folder):
    folder.write("b.md", written("Later", 2, 'series: ["A garden"]').encode())
    folder.write("a.md", written("Earlier", 1, "series: A garden").encode())
    assert folder.run().err == ""
    assert parts("A garden") == ["Earlier", "Later"]


@pytest.mark.parametrize("key", ["series_position", "series_order", "series_weight", "series_index"])
def test_a_position_under_any_usual_key_is_taken(folder, key):
    folder.write("a.md", written("First by date", 1, f"series: A garden\n{key}: 20").encode())
    folder.write("b.md", written("First to read", 2, f'series: A garden\n{key}: "10"').encode())
    assert folder.run().err == ""
    assert parts("A garden") == ["First to read", "First by date"]


def test_zola_has_series_among_its_taxonomies(folder):
    post = folder.post("a.md", '+++\ntitle = "A"\ndate = 2026-02-03\n[taxonomies]\nseries = ["A garden"]\n+++\nBody.\n')
    assert str(post.series) == "A garden"


def test_of_several_series_the_first_is_taken_with_a_warning(folder):
    folder.write("a.md", written("A", 1, "series: [A garden, Tools]").encode())
    assert "not in “Tools”" in folder.run().err
    assert str(Post.objects.get().series) == "A garden"


@pytest.mark.parametrize("value", ["first", "0", "-3", "99999", "1.5"])
def test_a_position_that_is_none_is_left_out_with_a_warning(folder, value):
    folder.write("a.md", written("A", 1, f"series: A garden\nseries_order: {value}").encode())
    assert "which is no position from 1 to 10000" in folder.run().err
    assert Post.objects.get().series_position == 1


def test_a_full_series_takes_no_further_post_which_comes_without_it(folder, monkeypatch):
    monkeypatch.setattr(Series, "MAX_PARTS", 1)
    folder.write("a.md", written("One", 1, "series: A garden").encode())
    folder.write("b.md", written("Two", 2, "series: A garden").encode())
    assert "has 1 parts already; the post comes without it" in folder.run().err
    assert parts("A garden") == ["One"]
    assert Post.objects.get(title="Two").series is None


def test_a_title_that_is_too_long_is_cut(folder):
    folder.write("a.md", written("A", 1, f"series: {'x' * 200}").encode())
    assert "longer than 150 characters; cut off" in folder.run().err
    assert len(Post.objects.get().series.title) == 150


def test_importing_again_changes_nothing(folder):
    folder.write("a.md", written("A", 1, "series: A garden").encode())
    folder.run()
    assert "0 created, 0 updated, 1 unchanged" in folder.run().out
    assert Post.objects.get().version == 1
