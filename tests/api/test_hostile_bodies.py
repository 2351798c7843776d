"""Bodies made to cost time or memory are refused at the price of reading them once."""

from __future__ import annotations

import pytest

from apps.api import parsers


class Name(str):
    """A member's name that counts how often names are compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_name_given_twice_is_found_without_comparing_all_names_with_all():
    names = [Name(f"field-{number}") for number in range(2000)]
    pairs = [(name, 1) for name in [*names, Name("field-1999")]]
    with pytest.raises(ValueError, match="field-1999"):
        parsers._object(pairs)
    assert Name.compared < 10 * len(names)


@pytest.mark.parametrize("field", ["tags", "authors"])
@pytest.mark.parametrize("element", ["nothing", None])
def test_a_list_that_is_too_long_is_refused_before_its_elements_are_looked_at(client, alice, field, element):
    answer = client.as_(alice).post("posts/", {"title": "Long", field: [element] * 100_000})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": f"/{field}", "detail": "At most 50 can be named here."}]


def test_of_very_many_unknown_fields_the_first_are_named(client, alice):
    answer = client.as_(alice).post("posts/", {f"field-{number}": 1 for number in range(10_000)})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/field-{number}" for number in range(20)]
