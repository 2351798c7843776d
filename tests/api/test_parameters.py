"""Query parameters mean one thing: none is ignored, and moments are read as in bodies."""

from urllib.parse import quote

import pytest

from apps.posts.models import Post
from tests.resources import RESOURCES

BLANK = {
    "empty": "",
    "space": " ",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "NUL": "\0",
    "zero width": "\u200b\u2060\ufeff",
    "Hangul filler": "\u3164",
    "blank Braille": "\u2800",
}
PARAMETERS = [
    (base.resource, name)
    for base in RESOURCES
    for name in [*(base.filterset_class.base_filters if base.filterset_class else ()), "fields", "cursor", "page_size"]
]


@pytest.mark.parametrize(("resource", "name"), PARAMETERS, ids="-".join)
def test_a_blank_parameter_is_refused_by_its_name(erika_client, resource, name):
    for kind, value in BLANK.items():
        response = erika_client.get(f"{resource}/?{name}={quote(value)}")
        assert response.status_code == 400, kind
        assert [error["parameter"] for error in response.json()["errors"]] == [name], kind


@pytest.mark.parametrize(("resource", "name"), PARAMETERS, ids="-".join)
def test_a_repeated_parameter_is_refused_by_its_name(erika_client, resource, name):
    response = erika_client.get(f"{resource}/?{name}=a&{name}=b")
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, name)


RIGHT = {
    "2026-01-31T12:00:00Z": "2026-01-31T12:00:00Z",
    "2026-01-31T13:00+01:00": "2026-01-31T12:00:00Z",
    "2026-01-31 12:00:00.25z": "2026-01-31T12:00:00.250000Z",
}
WRONG = {
    "no offset": "2026-01-31T12:00:00",
    "no offset, summer time begins": "2026-03-29T02:30:00",
    "a day alone": "2026-01-31",
    "a week date": "2026-W48-7T12:00:00Z",
    "an ordinal date": "2026-031T12:00:00Z",
    "a compact date": "20260131T120000Z",
    "Arabic-Indic digits": "٢٠٢٦-٠١-٣١T١٢:٠٠:٠٠Z",
    "wide digits": "２０２６-01-31T12:00:00Z",
    "no such day": "2026-02-30T12:00:00Z",
    "no such hour": "2026-01-31T24:00:00Z",
    "no such offset": "2026-01-31T12:00:00+25:00",
    "beyond the calendar": "9999-12-31T23:59:59-01:00",
    "words": "tomorrow",
}


@pytest.mark.parametrize("name", ["published_after", "published_before", "updated_since"])
def test_a_moment_in_a_query_is_read_as_in_a_body(erika_client, name):
    for given in RIGHT:
        assert erika_client.get(f"posts/?{name}={quote(given)}").status_code == 200, given
    for kind, given in WRONG.items():
        response = erika_client.get(f"posts/?{name}={quote(given)}")
        assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, name), kind


def test_a_moment_in_a_body_is_read_as_in_a_query(erika_client):
    for given, shown in RIGHT.items():
        made = erika_client.post("posts/", {"title": "Tides", "published_at": given})
        assert made.json()["published_at"] == shown
    for kind, given in WRONG.items():
        response = erika_client.post("posts/", {"title": "Tides", "published_at": given})
        assert response.status_code == 400, kind
        assert response.json()["errors"][0]["pointer"] == "/published_at", kind
    assert "offset" in erika_client.post("posts/", {"title": "x", "published_at": WRONG["no offset"]}).content.decode()


def test_an_id_has_the_digits_0_to_9(client, make_post):
    post = make_post("Tides")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(post.pk))
    assert client.get(f"comments/?post={post.pk}").status_code == 200
    assert client.get(f"comments/?post={quote(wide)}").status_code == 400


# Charsets


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-8-sig", "x-unknown", ""])
def test_a_body_in_another_charset_than_utf_8_is_415(erika_client, charset):
    kind = f"application/json; charset={charset}"
    response = erika_client.post("posts/", {"title": "Tides"}, Content_Type=kind)
    assert response.status_code == 415
    assert "UTF-8" in response.json()["detail"]
    assert not Post.objects.exists()


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
def test_a_body_that_states_its_utf_8_is_read(erika_client, charset):
    kind = f"application/json; charset={charset}"
    assert erika_client.post("posts/", {"title": "Tides"}, Content_Type=kind).status_code == 201


def test_a_form_in_another_charset_is_415(client, make_post):
    kind = "application/x-www-form-urlencoded; charset=latin-1"
    sent = client.send("POST", "comments/", raw=b"post=1", Content_Type=kind, Sec_Fetch_Site="same-origin")
    assert sent.status_code == 415


# The root


def test_the_root_lists_the_collections_and_the_documentation(client):
    shown = client.get("")
    assert shown.status_code == 200
    assert set(shown.json()) == {base.resource for base in RESOURCES} | {
        "batch",
        "changes",
        "me",
        "schema",
        "documentation",
    }
    for address in shown.json().values():
        assert client.get(address.removeprefix("http://testserver")).status_code in (200, 400, 401, 405), address
    assert client.get("?x=1").status_code == 400
    assert client.post("", {}).status_code == 405
    assert client.send("OPTIONS", "").json()["methods"] == ["GET", "HEAD", "OPTIONS"]
