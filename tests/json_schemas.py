"""JSON Schemas in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


def validator(schema: dict, *, has_formats: bool = False) -> Draft202012Validator:
    """Return a validator by JSON Schema 2020-12; with `has_formats` it also checks the formats of texts."""
    # Loaded here because its formats take three seconds, in each process that collects tests.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER if has_formats else None)


def validate(value: Any, schema: dict) -> None:
    """Raise `jsonschema.ValidationError` for a value that is invalid by a schema."""
    validator(schema).validate(value)
