"""Dates are typed into the browser's own inputs, and shown in one form, on all pages of the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django import forms

from tests.editor import desk_pages

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NATIVE = {"date", "time", "datetime-local", "hidden"}
OTHER_FORMS = re.compile(
    r"""\b\d{4}-\d\d-\d\d\b                                   # 2026-11-27
      | \b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b                     # 27.11.2026, 11/27/2026
      | \b(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?\s\d  # Nov. 27
      | \b[A-Z][a-z]+\s\d{1,2},\s\d{4}\b                      # November 27, 2026
      | \b[ap]\.m\. | \bmidnight\b | \bnoon\b
    """,
    re.VERBOSE,
)


@pytest.fixture
def pages(log_in, erika, make_post, settings, tmp_path) -> list[tuple[str, str]]:
    """The address and the markup of each page."""
    settings.MEDIA_ROOT = tmp_path
    erika.is_superuser = True
    erika.save()
    client, post = log_in(erika), desk_pages.fill(erika, make_post)
    return [(each, client.get(each, follow=True).content.decode()) for each in desk_pages.addresses(post)]


def shown_text(page: str) -> str:
    """Return the text that people read: no scripts or attributes, nothing typed, no choice of how readers see dates."""
    for element in ("script", "style", "textarea", "template", "select"):
        page = re.sub(rf"<{element}\b.*?</{element}>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_dates_are_shown_in_one_form(pages):
    found = {address: OTHER_FORMS.findall(shown_text(page)) for address, page in pages}
    assert {address: other for address, other in found.items() if other} == {}
    assert any("4 March 2026, 05:06" in shown_text(page) for _address, page in pages)


def test_every_date_in_a_form_is_in_an_input_for_dates(pages):
    wrong = []
    for address, page in pages:
        assert "vDateField" not in page
        for field in re.findall(r"<input\b[^>]*>", page):
            value = re.search(r'value="([^"]*)"', field)
            kind = re.search(r'type="([^"]*)"', field)
            if (
                value
                and kind
                and re.fullmatch(r"\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?", value[1])
                and kind[1] not in NATIVE
            ):
                wrong.append((address, field))
    assert not wrong


def test_every_form_of_no_model_that_asks_for_a_date_has_an_input_for_it():
    parts = [(form, name, widget) for form in _ours(forms.Form) for name, widget in _date_widgets(form)]
    assert parts
    assert [part for part in parts if part[2].input_type not in NATIVE] == []


def _ours(form: type) -> Iterator[type]:
    for child in form.__subclasses__():
        if child.__module__.startswith("apps."):
            yield child
        yield from _ours(child)


def _date_widgets(form: type) -> Iterator[tuple[str, forms.Widget]]:
    dates = (forms.DateField, forms.TimeField, forms.DateTimeField, forms.SplitDateTimeField)
    for name, field in getattr(form, "base_fields", {}).items():
        if isinstance(field, dates):
            yield from ((name, widget) for widget in getattr(field.widget, "widgets", [field.widget]))
