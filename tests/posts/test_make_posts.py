"""`make_posts` generates reproducible, complete posts, and leaves other posts unchanged."""

import pytest
from django.core.management import CommandError, call_command

from apps.core import content_state
from apps.markdown import rendering
from apps.posts import corpus
from apps.posts.models import Post, SearchDocument

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_corpus(monkeypatch):
    monkeypatch.setattr(corpus, "BODIES", 5)
    monkeypatch.setattr(corpus, "BATCH", 10)


def make(size, **options):
    call_command("make_posts", size, verbosity=0, **{"words": 60, **options})


def contents():
    return [
        (post.slug, post.body, post.published_at, [*map(str, post.tags.all())], [*map(str, post.ordered_authors)])
        for post in Post.objects.with_links().order_by("source_id")
    ]


def test_interrupted_and_repeated_runs_generate_the_same_posts():
    make(25)
    uninterrupted = contents()
    Post.objects.all().delete()
    make(7)
    make(25)
    make(25)
    assert contents() == uninterrupted
    assert len(uninterrupted) == 25


def test_another_seed_generates_other_posts():
    make(5)
    first = contents()
    Post.objects.all().delete()
    make(5, seed=2)
    assert not {post[1] for post in first} & {post[1] for post in contents()}


def test_generated_posts_have_all_rows_that_the_services_write():
    make(12)
    for post in Post.objects.with_links():
        rendered = rendering.render(post.body)
        assert (post.body_html.strip(), post.word_count) == (rendered.html.strip(), rendered.word_count)
        assert (post.toc_html, post.excerpt, post.lead_image) == (
            rendered.toc_html,
            rendered.excerpt,
            rendered.lead_image,
        )
        post.full_clean()
        links = [*post.tag_links.all(), *post.author_links.all()]
        assert {link.listed_at for link in links} == {post.published_at}
        document = SearchDocument.objects.get(post=post)
        text = rendering.plain_text(post.body_html)
        assert document.body.split() == text.split()
        assert sorted(document.tags.split()) == sorted(" ".join(tag.name for tag in post.tags.all()).split())
        assert document.title == post.title


def test_texts_have_about_the_requested_number_of_words():
    make(5, words=400)
    assert all(380 <= post.word_count <= 560 for post in Post.objects.all())


def test_generated_posts_appear_on_the_home_page(client):
    before = content_state.fetch()
    make(12)
    assert content_state.fetch().generation > before.generation
    assert client.get("/").content.decode().count('class="story"') == 12


def test_every_post_has_a_unique_word():
    make(12)
    assert [document.post_id for document in SearchDocument.objects.filter(body__contains="n0000007x")] == [
        Post.objects.order_by("source_id")[7].pk
    ]


def test_a_run_with_another_seed_or_length_is_refused():
    make(5)
    with pytest.raises(CommandError, match="made posts already, of --seed 1 --words 60"):
        make(5, words=61)
    with pytest.raises(CommandError, match="made posts already"):
        make(5, seed=10)
    assert Post.objects.count() == 5


def test_existing_posts_stay_unchanged(make_post):
    own = make_post("My own")
    make(5)
    own.refresh_from_db()
    assert (own.version, Post.objects.count()) == (1, 6)
