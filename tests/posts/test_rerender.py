"""`manage.py rerender` renders posts again whose HTML an older version of the renderer made."""

import pytest
from django.core.management import CommandError, call_command

from apps.core.models import ContentGeneration
from apps.markdown import rendering
from apps.posts.management.commands import rerender
from apps.posts.models import Post, SearchDocument

pytestmark = pytest.mark.django_db


def mark_outdated(**fields):
    Post.objects.update(rendered_by="old", body_html="<p>old</p>", **fields)


def test_outdated_posts_are_rendered_without_a_new_version(make_post, capsys):
    posts = [make_post(body="*new*") for _ in range(3)]
    mark_outdated()
    call_command("rerender")
    for post in posts:
        post.refresh_from_db()
        assert (post.body_html, post.rendered_by, post.version) == ("<p><em>new</em></p>\n", rendering.VERSION, 1)
        assert post.history.count() == 1
    assert set(SearchDocument.objects.values_list("body", flat=True)) == {"new"}
    assert "3 rendered" in capsys.readouterr().out


def test_an_interrupted_run_is_resumed(make_post, monkeypatch, capsys):
    monkeypatch.setattr(rerender, "BATCH", 2)
    for _ in range(5):
        make_post()
    mark_outdated()
    real, done = rendering.render, []

    def interrupted(source, *pictures):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(source)
        return real(source, *pictures)

    monkeypatch.setattr(rendering, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call_command("rerender")
    monkeypatch.setattr(rendering, "render", real)
    capsys.readouterr()
    call_command("rerender")
    assert "2 rendered" in capsys.readouterr().out
    assert not Post.objects.filter(rendered_by="old").exists()


def test_unchanged_html_does_not_change_the_content_generation(make_post, capsys):
    make_post()
    before = ContentGeneration.objects.get().value
    call_command("rerender")
    assert "0 rendered" in capsys.readouterr().out
    call_command("rerender", "--all")
    assert "1 rendered" in capsys.readouterr().out
    assert ContentGeneration.objects.get().value == before


def test_a_text_over_the_current_limits_keeps_its_html_and_is_reported(make_post, capsys):
    post, other = make_post(), make_post()
    mark_outdated()
    Post.objects.filter(pk=post.pk).update(body=">" * 1000)
    with pytest.raises(CommandError, match=str(post.pk)):
        call_command("rerender")
    post.refresh_from_db()
    other.refresh_from_db()
    assert (post.body_html, other.rendered_by) == ("<p>old</p>", rendering.VERSION)
    assert "too deeply" in capsys.readouterr().err
