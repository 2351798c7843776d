"""A value has the type that the schema says: nothing is guessed, and a wrong one is pointed at."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("title", 7, "It is a text."),
        ("title", True, "It is a text."),
        ("body", ["a"], "It is a text."),
        ("comments_allowed", 1, "It is true or false."),
        ("comments_allowed", "yes", "It is true or false."),
        ("translation_of", "1", "It is a whole number."),
        ("cover_image", True, "It is a whole number."),
    ],
)
def test_a_value_of_another_type_is_refused(erikas, field, value, detail):
    refused = erikas.post("posts/", {"title": "A post"} | {field: value})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"pointer": f"/{field}", "detail": detail}]


def test_in_a_list_too(erikas):
    refused = erikas.post("posts/", {"title": "A post", "tags": [7]})
    assert refused.json()["errors"] == [{"pointer": "/tags/0", "detail": "It is a text."}]


def test_a_change_is_checked_as_a_new_one_is(erikas, make_post):
    post = make_post()
    refused = erikas.patch(f"posts/{post.pk}/", {"title": 7}, If_Match="*")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/title"]


def test_however_the_content_type_is_spelt(erikas):
    refused = erikas.post("posts/", {"title": 7}, Content_Type="Application/JSON; charset=utf-8")
    assert refused.status_code == 400
