"""The catalogues of the shipped languages are complete, compiled and consistent with their source texts."""

import ast
import gettext
import importlib.util
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
messages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(messages)

LANGUAGES = sorted(path.name for path in messages.LOCALE.iterdir())
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%d|\{\w*\}")


def strings(message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def texts_in(compiled: bytes) -> dict:
    catalogue = dict(gettext.GNUTranslations(io.BytesIO(compiled))._catalog)
    del catalogue[""]  # The header names the tool that compiled the catalogue.
    return catalogue


def test_german_is_shipped():
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_no_translation_is_fuzzy(language):
    missing = messages.missing(messages.updated(language))
    assert missing == [], "Run `make messages`, then translate these in django.po and run it again."
    assert [message.id for message in messages.stored(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_are_up_to_date(language):
    stored = messages.path_of(language).with_suffix(".mo").read_bytes()
    expected = messages.compiled(messages.stored(language))
    assert texts_in(stored) == texts_in(expected), "Run `make messages`."


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_placeholders_of_their_texts(language):
    for message in filter(lambda message: message.id, messages.stored(language)):
        texts = message.id if isinstance(message.id, list | tuple) else [message.id]
        for number, string in enumerate(strings(message)):
            expected = set(PLACEHOLDER.findall(texts[min(number, len(texts) - 1)]))
            assert set(PLACEHOLDER.findall(string)) == expected, string


@pytest.mark.parametrize("language", LANGUAGES)
def test_making_the_catalogues_again_loses_no_translation(language):
    stored, updated = ({message.id for message in read(language)} for read in (messages.stored, messages.updated))
    assert stored == updated, "Run `make messages`."


def test_code_translates_only_literal_texts_which_the_collection_finds():
    unfound = []
    for path in (path for folder in ("apps", "blog_project") for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text())
        calls = [node for node in ast.walk(tree) if is_translation(node)]
        in_f_strings = {node for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in ast.walk(text)}
        unfound += [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for call in calls
            if call in in_f_strings or not isinstance(call.args[0], ast.Constant)
        ]
    assert unfound == [], "Pass a literal to the translating function, outside of f-strings."


def is_translation(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in messages.KEYWORDS


def test_texts_of_templates_and_code_are_collected():
    found = {message.id for message in messages.collected()}
    assert "Skip to the text" in found
    assert "Nothing was published then." in found
    assert ("%(number)s comment", "All %(number)s comments") in found
