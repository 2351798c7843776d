"""Search finds words in titles, tags and bodies, ranks titles first, and accepts any query string."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.models import ContentGeneration
from apps.posts import search, services
from apps.posts.models import Post
from tests.frontend import reading

# InnoDB's full-text index has only committed rows. SQLite needs no commit, which is faster.
pytestmark = pytest.mark.django_db(transaction=connection.vendor == "mysql")


@pytest.fixture(autouse=True)
def _generation(db):
    ContentGeneration.objects.get_or_create(pk=1)


def titles(query):
    return [hit.post.title for hit in search.hits(search.find(query).ids, query)]


def test_words_are_found_in_the_title_the_tags_and_the_body(make_post):
    make_post("Hyacinth")
    make_post("By tag", tags=[services.create_tag(name="Crocus")])
    make_post("By body", body="All about the *narcissus*, at length.")
    assert titles("hyacinth") == ["Hyacinth"]
    assert titles("crocus") == ["By tag"]
    assert titles("NARCISSUS") == ["By body"]


def test_a_prefix_of_a_word_is_found(make_post):
    make_post("Deployment")
    assert titles("deplo") == ["Deployment"]


def test_an_identifier_with_underscores_is_found(make_post):
    make_post("Queries", body="Call `select_related`, and `__init__` last.")
    make_post("Other", body="Nothing of the kind.")
    assert titles("select_related") == titles("select_rel") == titles("__init__") == ["Queries"]
    assert titles("___") == []


def test_a_title_outranks_bodies(make_post):
    for number in range(5):
        make_post(f"Other {number}", body="crocus and other flowers in a long text " * 3)
    make_post("The crocus", body="Nothing more.")
    for number in range(5, 10):
        make_post(f"Other {number}", body="no flower at all")
    assert titles("crocus")[0] == "The crocus"


def test_all_words_must_match_including_common_ones(make_post):
    make_post("All", body="the crocus and the hyacinth")
    make_post("Two", body="crocus and hyacinth")
    make_post("One", body="the crocus alone")
    assert titles("the crocus and hyacinth") == ["All"]


def test_part_of_a_word_is_found_if_the_database_has_ngrams(make_post):
    if connection.vendor == "mysql" and connection.mysql_is_mariadb:
        pytest.skip("MariaDB has no ngram parser")
    make_post("Seafaring")
    make_post("日本語の記事")
    assert titles("afari") == ["Seafaring"]
    assert titles("本語の") == ["日本語の記事"]


@pytest.mark.parametrize("query", ["to", "c++", "日本"])
def test_words_too_short_for_the_index_are_found_in_the_newest_posts(make_post, query):
    make_post("How to write the c++ of 日本")
    make_post("Unrelated", body="unrelated")
    assert titles(query) == ["How to write the c++ of 日本"]


@pytest.mark.parametrize("query", ["", "   ", "\x00", "!!!"])
def test_a_query_without_words_finds_nothing(make_post, query):
    make_post()
    assert titles(query) == []


@pytest.mark.parametrize(
    "query",
    ['"crocus', "crocus AND", "crocus*", "+crocus -x", "(crocus", "crocus) OR 1=1 --", "title:crocus", "crocus@4"],
)
def test_operators_in_a_query_have_no_effect(make_post, query):
    make_post("The crocus and x 1 4 title")
    assert search.find(query) is not None
    assert search.words_of(query)[0] in ("crocus", "title")


def test_posts_that_are_not_public_are_not_found(make_post):
    make_post("Hyacinth draft", status=Post.Status.DRAFT)
    make_post("Hyacinth tomorrow", published_at=timezone.now() + timedelta(days=1))
    trashed = make_post("Hyacinth gone")
    services.trash_post(trashed, by=None, expected_version=1)
    make_post("Hyacinth here")
    assert titles("hyacinth") == ["Hyacinth here"]


def test_a_changed_post_is_found_by_its_new_words_only(make_post):
    post = make_post("Crocus", body="one")
    services.update_post(post, by=None, expected_version=1, title="Hyacinth")
    assert titles("crocus") == []
    assert titles("hyacinth") == ["Hyacinth"]


def test_the_excerpt_is_around_the_word_and_marks_it(make_post):
    make_post("Long", body="before " * 300 + "the rare crocus blooms " + "after " * 300)
    (hit,) = search.hits(search.find("crocus").ids, "crocus")
    assert "<mark>crocus</mark>" in hit.excerpt
    assert hit.excerpt.startswith("…")
    assert hit.excerpt.endswith("…")
    assert len(hit.excerpt) < 400


def test_text_that_looks_like_markup_is_escaped(make_post):
    make_post("A <b>crocus</b>", body="`<script>crocus</script>`")
    (hit,) = search.hits(search.find("crocus").ids, "crocus")
    assert hit.title == "A &lt;b&gt;<mark>crocus</mark>&lt;/b&gt;"
    assert "<script" not in hit.excerpt


def test_a_query_with_words_of_markup_does_not_break_the_marks():
    assert search.marked("a & b mark amp", ["amp", "mark"]) == "a &amp; b <mark>mark</mark> <mark>amp</mark>"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=300) | st.text(alphabet="+-<>()~*\"'@ :^{}%_\\,.aB3é日\x00", max_size=60))
def test_no_query_string_is_an_error(db, query):
    search.hits(search.find(query).ids, query)
    search.marked("Some text", search.words_of(query))


def test_the_page_shows_results_with_marks_and_the_query(client, make_post):
    make_post("A crocus", body="About the crocus.")
    page = client.get("/search/", {"q": 'crocus "'}).content.decode()
    assert "A <mark>crocus</mark>" in page
    assert 'value="crocus &quot;"' in page
    assert "noindex" in page


def test_results_are_paged(client, make_post):
    for number in range(23):
        make_post(f"Crocus {number}")
    first = client.get("/search/?q=crocus")
    second = client.get(reading.older(first))
    result_titles = [title for response in (first, second) for title in reading.titles(response)]
    assert (len(result_titles), len(set(result_titles))) == (23, 23)
    assert not reading.older(second)
    assert client.get("/search/?q=crocus&page=3").status_code == 404


def test_a_long_query_is_truncated_with_a_notice(client, make_post):
    make_post()
    page = client.get("/search/", {"q": "word " * 100}).content.decode()
    assert "Only the first 200 characters" in page
