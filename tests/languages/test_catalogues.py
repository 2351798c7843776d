"""Every language that is shipped says all that readers meet, and what is compiled is what was written."""

import gettext
import importlib.util
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
messages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(messages)

LANGUAGES = sorted(path.name for path in messages.LOCALE.iterdir())
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%d|\{\w*\}")


def strings(message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def texts_in(compiled: bytes) -> dict:
    catalogue = dict(gettext.GNUTranslations(io.BytesIO(compiled))._catalog)
    del catalogue[""]  # Its header names the tool that made it.
    return catalogue


def test_german_is_shipped():
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_readers_meet_is_translated(language):
    lacking = [
        message.id
        for message in messages.updated(language)
        if message.id
        and any(name.startswith(messages.READERS) for name, _line in message.locations)
        and not all(strings(message))
    ]
    assert lacking == [], "Run `make messages`, then translate these in django.po and run it again."


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_was_written(language):
    stored = messages.path_of(language).with_suffix(".mo").read_bytes()
    made = messages.compiled(messages.stored(language))
    assert texts_in(stored) == texts_in(made), "Run `make messages`."


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_placeholders_of_their_texts(language):
    for message in messages.stored(language):
        texts = message.id if isinstance(message.id, list | tuple) else [message.id]
        expected = set(PLACEHOLDER.findall(texts[-1]))
        for string in filter(None, strings(message) if message.id else []):
            assert set(PLACEHOLDER.findall(string)) == expected, string


def test_texts_of_templates_and_of_code_are_found():
    found = {message.id for message in messages.collected()}
    assert "Skip to the text" in found
    assert "Nothing was published then." in found
    assert ("%(number)s comment", "%(number)s comments") in found
