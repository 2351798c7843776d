"""Bodies designed to take time or memory are refused in linear time."""

from __future__ import annotations

import pytest

from apps.api import parsers


class Name(str):
    """The name of a JSON member that counts comparisons of names."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_repeated_names_are_found_in_linear_time():
    names = [Name(f"field-{number}") for number in range(2000)]
    pairs = [(name, 1) for name in [*names, Name("field-1999")]]
    with pytest.raises(ValueError, match="field-1999"):
        parsers._object(pairs)
    assert Name.compared < 10 * len(names)


@pytest.mark.parametrize("field", ["tags", "authors"])
@pytest.mark.parametrize("element", ["nothing", None])
def test_a_list_that_is_too_long_is_refused_before_its_elements_are_validated(client, alice, field, element):
    response = client.as_(alice).post("posts/", {"title": "Long", field: [element] * 100_000})
    assert response.status_code == 400
    assert response.json()["errors"] == [{"pointer": f"/{field}", "detail": "At most 50 can be named here."}]


def test_an_error_names_only_the_first_20_unknown_fields(client, alice):
    response = client.as_(alice).post("posts/", {f"field-{number}": 1 for number in range(10_000)})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/field-{number}" for number in range(20)]
