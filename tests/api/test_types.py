"""Values must have the JSON types of the schema. Nothing is converted, and an error names the field."""

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
def test_a_value_of_the_wrong_type_is_refused(erika_client, field, value, detail):
    refused = erika_client.post("posts/", {"title": "A post"} | {field: value})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"pointer": f"/{field}", "detail": detail}]


def test_an_element_of_the_wrong_type_in_a_list_is_refused(erika_client):
    refused = erika_client.post("posts/", {"title": "A post", "tags": [7]})
    assert refused.json()["errors"] == [{"pointer": "/tags/0", "detail": "It is a text."}]


def test_types_are_checked_for_changes_too(erika_client, make_post):
    post = make_post()
    refused = erika_client.patch(f"posts/{post.pk}/", {"title": 7}, If_Match="*")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/title"]


def test_types_are_checked_for_any_spelling_of_the_content_type(erika_client):
    refused = erika_client.post("posts/", {"title": 7}, Content_Type="Application/JSON; charset=utf-8")
    assert refused.status_code == 400
