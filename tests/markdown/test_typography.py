"""Quotation marks, apostrophes, dashes, ellipses and spaces follow the language of a post; its Markdown stays as typed."""

import re
from html import unescape

import pytest
from django.db import connection
from django.utils import timezone

from apps.markdown import rendering, typography
from apps.posts import search, services
from apps.posts.models import Post

NARROW, FIXED = "\u202f", "\u00a0"


def html(markdown: str, language: str = "en") -> str:
    return rendering.render(markdown, {}, language).html


def set_text(text: str, language: str = "en") -> str:
    return typography.typeset_text(text, language)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "She said “the ‘old’ pier”."),
        ("en-GB", "She said “the ‘old’ pier”."),
        ("de", "She said „the ‚old‘ pier“."),
        ("de-AT", "She said „the ‚old‘ pier“."),
        ("de-CH", "She said «the ‹old› pier»."),
        ("fr", f"She said «{NARROW}the “old” pier{NARROW}»."),
        ("pl", "She said „the «old» pier”."),
        ("ru", "She said «the „old“ pier»."),
        ("sv", "She said ”the ’old’ pier”."),
        ("zh-Hant-TW", "She said 「the 『old』 pier」."),
        ("tlh", "She said \"the 'old' pier\"."),
    ],
)
def test_quotation_marks_are_those_of_the_language(language, expected):
    assert set_text("She said \"the 'old' pier\".", language) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("it's the dogs' bone, rock 'n' roll", "it’s the dogs’ bone, rock ‘n’ roll"),
        ("'Tis the '90s", "’Tis the ’90s"),
        ("\"'Hi,' she said\"", "“‘Hi,’ she said”"),
        ('"...and so on"', "“…and so on”"),
        ('a 5" disk and 6\'2" tall', 'a 5" disk and 6\'2" tall'),
        ('("quoted")—"again"', "(“quoted”)—“again”"),
        ('"A quotation of several paragraphs', "“A quotation of several paragraphs"),
        ('never alone" here', 'never alone" here'),
        ("1990--2000, and -- well --- no", f"1990–2000, and{FIXED}– well{FIXED}— no"),
        ("use --all or a --> b, x<!--y", "use --all or a --> b, x<!--y"),
        ("wait... what.... a/.../b ../c", "wait… what.... a/.../b ../c"),
        ("10 % of § 5, J. R. R. Tolkien", f"10{FIXED}% of §{FIXED}5, J.{NARROW}R.{NARROW}R. Tolkien"),
    ],
)
def test_signs_are_set_and_what_only_looks_like_them_stays(typed, expected):
    assert set_text(typed) == expected


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("fr", "Quoi ? Oui ! Non : « rien ».", f"Quoi{NARROW}? Oui{NARROW}! Non{FIXED}: « rien{FIXED}»."),
        ("cs", "v lese a s ní k vodě", f"v{FIXED}lese a{FIXED}s{FIXED}ní k{FIXED}vodě"),
        ("de", "z. B. so", f"z.{NARROW}B. so"),
        ("ja", '彼は"はい"と言った', "彼は「はい」と言った"),
        ("zh", "等等...", "等等……"),
        ("he", 'צה"ל "שלום"', 'צה"ל ”שלום”'),
    ],
)
def test_each_language_has_its_spaces_and_signs(language, typed, expected):
    assert set_text(typed, language) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ('`"a" -- b...`', '<code>"a" -- b...</code>'),
        ('<code>"a"</code> "b"', '<code>"a"</code> “b”'),
        ("<kbd>'</kbd> isn't", "<kbd>'</kbd> isn’t"),
        ("https://example.org/it's--a...b", ">https://example.org/it's--a...b</a>"),
        ("[it's](/it's--a \"b\")", "it’s</a>"),
        ('"*emphasis*" and "[a link](/a)"', "“<em>emphasis</em>” and “<a"),
        ('"`code`" and `code`\'s', "“<code>code</code>” and <code>code</code>’s"),
        ('\\"a\\" and &quot;b&quot;', '"a" and "b"'),
        ('<div>\n"a" -- b\n</div>', '"a" -- b'),
        ('```\n"a"\n```', '"a"'),
        ("![it's](/a.png \"it's -- a 'note'\")", f"<figcaption>it’s{FIXED}– a ‘note’</figcaption>"),
        ('A note.[^1]\n\n[^1]: It\'s "here".', "It’s “here”."),
        ('| "a" |\n|---|\n| b -- c |', f"b{FIXED}– c"),
    ],
)
def test_code_addresses_and_html_stay_as_typed(markdown, expected):
    assert expected in unescape(html(markdown))


def test_the_address_of_a_section_is_that_of_its_typed_title():
    heading = '## It\'s 1990--2000 -- "so"\n\n'
    assert 'id="its-1990-2000-so"' in html(heading)
    assert 'id="its-1990-2000-so"' in rendering.render(heading).html
    assert "data-typed" not in html(heading)


def test_a_text_in_no_language_stays_as_typed():
    assert rendering.render('"It\'s" -- so...').html == '<p>"It\'s" -- so...</p>\n'


@pytest.mark.django_db
def test_a_post_is_set_in_its_language_and_keeps_its_markdown(make_post):
    post = make_post(body='"So"', language="de")
    assert post.body == '"So"'
    assert post.body_html == "<p>„So“</p>\n"
    assert make_post("Other", body='"So"').body_html == "<p>“So”</p>\n"


@pytest.mark.django_db
def test_a_post_can_do_without(make_post):
    post = make_post(body='"So"')
    services.update_post(post, by=None, expected_version=post.version, typography=False)
    assert post.body_html == '<p>"So"</p>\n'


@pytest.mark.django_db
def test_titles_are_set_wherever_pages_show_them(make_post, client):
    tag = services.create_tag(name="Gardens")
    make_post('It\'s "one"', slug="one", tags=[tag])
    make_post('It\'s "two"', slug="two", tags=[tag])
    make_post('It\'s "three"', slug="three", tags=[tag], typography=False)
    assert Post.objects.get(slug="one").title == 'It\'s "one"'
    for path in ("/", "/one/", "/two/", "/tags/gardens/", f"/archive/{timezone.now():%Y}/"):
        # Not in the head, nor what is shared: other sites and the reader's browser get the title as typed.
        body = client.get(path).content.decode().partition("<body")[2]
        shown = unescape(re.sub(r' data-title="[^"]*"', "", body))
        assert "It’s “one”" in shown, path
        assert 'It\'s "three"' in shown, path
        assert 'It\'s "one"' not in shown, path


@pytest.mark.django_db(transaction=connection.vendor == "mysql")
def test_the_search_finds_words_as_they_were_typed(make_post):
    post = make_post(body="It isn't \"so\" -- or I'm in it ?", language="fr")
    for query in ("isn't", "isn’t", '"so"', "I'm", "I’m", "it ?"):
        assert search.find(query).ids == [post.pk], query


def test_the_time_is_linear():
    hostile = '"a \'b -- ("... ' * 20_000
    assert len(set_text(hostile)) > 0
