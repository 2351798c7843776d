"""Search ignores case and accents, on every database, and its marks never split a letter from its accent."""

from __future__ import annotations

import re
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core.models import ContentGeneration
from apps.posts import folding, search, services

# InnoDB's full-text index has only committed rows.
pytestmark = pytest.mark.django_db(transaction=connection.vendor == "mysql")


@pytest.fixture(autouse=True)
def _generation(db):
    ContentGeneration.objects.get_or_create(pk=1)


def titles(query: str) -> list[str]:
    return [hit.post.title for hit in search.hits(search.find(query).ids, query)]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "query",
    [
        "café",
        "cafe",
        "CAFÉ",
        "Noel",
        "NOËL",
        "creme",
        "crème brulee",
        "istanbul",
        "İstanbul",
        "ISTANBUL",
        "İstanb",
        "le",
    ]
    + ["é ç", "ca", "nö", "ce cafe noel", "Zürich", "zurich"],
)
def test_accents_and_case_do_not_matter(make_post, query, form):
    make_post("Le café de Noël", body="Crème brûlée à İstanbul, ou à Zürich; c’est ça, ce n’est rien.")
    make_post("Other", body="XXX")
    assert titles(unicodedata.normalize(form, query)) == ["Le café de Noël"]


def test_accents_do_not_matter_in_tags_either_nor_after_a_change(make_post):
    post = make_post("Travels", tags=[services.create_tag(name="Perú")])
    assert titles("peru") == ["Travels"]
    services.update_post(post, by=None, expected_version=1, title="Málaga", tags=[])
    assert titles("malaga") == ["Málaga"]
    assert titles("peru") == []
    services.trash_post(post, by=None, expected_version=post.version)
    assert titles("malaga") == []


@pytest.mark.parametrize(
    ("text", "query"), [("Łódź", "lodz"), ("Straße", "strasse"), ("Ærø", "aero"), ("brûlée", "rulee"), ("ﬁne", "fine")]
)
def test_on_sqlite_letters_with_strokes_and_ligatures_are_found_by_plain_ones(make_post, text, query):
    if connection.vendor != "sqlite":
        pytest.skip("MySQL and MariaDB compare by their own collations")
    make_post(text)
    assert titles(query) == titles(text) == [text]


@pytest.mark.parametrize("word", ["가각", "がぎ", "ไทย", "नमस्ते", "日本語"])
def test_letters_of_other_scripts_keep_their_marks(word):
    assert folding.folded(word) == word


def test_the_excerpt_is_around_the_word_whatever_its_accents(make_post):
    make_post("Long", body="avant ßæ " * 300 + "the crème brûlée is here " + "après " * 300)
    (hit,) = search.hits(search.find("brulee").ids, "brulee")
    assert "<mark>brûlée</mark>" in hit.excerpt


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Le café", ["cafe"], "Le <mark>café</mark>"),
        ("cafe\u0301s", ["cafe"], "<mark>cafe\u0301</mark>s"),
        ("cafe\u0301s", ["caf"], "<mark>caf</mark>e\u0301s"),
        ("İstanbul", ["istanbul"], "<mark>İstanbul</mark>"),
        ("Straße", ["stras"], "<mark>Straß</mark>e"),
        ("a 👩\u200d👩\u200d👧 b", ["👩"], "a <mark>👩\u200d👩\u200d👧</mark> b"),
        ("👍🏽 good", ["👍"], "<mark>👍🏽</mark> good"),
        ("❤\ufe0f", ["❤"], "<mark>❤\ufe0f</mark>"),
        ("🇩🇪🇫🇷", ["🇫"], "🇩🇪<mark>🇫🇷</mark>"),
        ("नमस्ते", ["नम"], "<mark>नम</mark>स्ते"),
        ("a <b> café", ["b", "cafe"], "a &lt;<mark>b</mark>&gt; <mark>café</mark>"),
        ("nothing", [], "nothing"),
        ("nothing", ["\u0301"], "nothing"),
    ],
)
def test_a_mark_has_whole_letters(text, words, expected):
    assert search.marked(text, words) == expected


@given(
    text=st.text(alphabet="aé\u0301ß👍🏽\u200d🇩❤\ufe0fİ 가ﬁ", max_size=30),
    word=st.text(alphabet="ae\u0301ßi👍🇩", max_size=3),
)
def test_marking_changes_no_text_and_splits_no_letter(text, word):
    marked = search.marked(text, [word])
    assert re.sub("</?mark>", "", marked) == text
    parts = re.split("</?mark>", marked)
    assert [cluster for part in parts for cluster in folding.clusters(part)] == list(folding.clusters(text))


@given(text=st.text(alphabet="abßéÆŁ\u0301İ xyﬁ", max_size=60), word=st.text(alphabet="abséx", min_size=1, max_size=3))
def test_the_position_of_a_word_is_where_the_text_has_it(text, word):
    word = folding.folded(word)
    place = folding.position(text, word)
    assert bool(place) == (word in folding.folded(text))
    if place:
        assert word in folding.folded(text[place - 1 :])


@pytest.mark.parametrize("query", ["\u0301", "\u0301 \u0308", "½", "⑴ ⒈", "ﬁ", "\u0345\u0399"])
def test_words_of_marks_or_compatibility_forms_are_no_error_and_match_no_post_without_them(make_post, query):
    make_post("Plain")
    assert titles(query) == []
