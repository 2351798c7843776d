"""The menus in the settings: shown as readers see them; an entry more makes no other vanish; buttons move entries."""

import html5lib
import pytest

from apps.core.models import ContentGeneration
from apps.site.models import Link, Site
from tests.editor.forms import HTML, fields_of
from tests.site.conftest import URL

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

HEADER_ROW, FOOTER_ROW = 4, 5
"""The empty entries of a form that has the four default ones."""


def labels(fields: dict, menu: str = "header") -> list[str]:
    """Return the words of a menu's entries in the fields of a form, in the order in which it shows them."""
    numbers = [name.split("-")[1] for name in fields if name.startswith("links-") and name.endswith("-label")]
    chosen = [number for number in numbers if fields[f"links-{number}-menu"] == [menu]]
    return [fields[f"links-{number}-label"][0] for number in chosen]


def add(number: int, label: str, address: str) -> dict:
    return {f"links-{number}-label": label, f"links-{number}-address": address}


def readers_menu(client) -> list[str]:
    page = html5lib.parse(client.get("/").content.decode())
    (head,) = [part for part in page.iter(f"{HTML}header") if part.get("class") == "masthead"]
    entries = [entry for nav in head.iter(f"{HTML}nav") for entry in nav.iter(f"{HTML}li")]
    return [link.text for entry in entries if entry.get("class") != "search-link" for link in entry.iter(f"{HTML}a")]


def test_the_form_shows_the_default_navigation_and_an_empty_entry(erika, log_in, open_form):
    assert labels(open_form(log_in(erika))) == ["Front page", "Archive", "Tags", "Feed", ""]


def test_an_added_entry_comes_last_and_none_vanishes(erika, log_in, open_form, client):
    editor = log_in(erika)
    editor.post(URL, open_form(editor) | add(HEADER_ROW, "About", "/about/"))
    assert readers_menu(client) == ["Front page", "Archive", "Tags", "Feed", "About"]
    assert labels(open_form(editor)) == ["Front page", "Archive", "Tags", "Feed", "About", ""]


def test_saving_an_unchanged_form_stores_no_default_entries(erika, log_in, open_form):
    editor = log_in(erika)
    editor.post(URL, open_form(editor) | {"name": "The Rose"} | add(FOOTER_ROW, "Imprint", "/imprint/"))
    assert [link.label for link in Link.objects.all()] == ["Imprint"]
    before = ContentGeneration.objects.get().value
    editor.post(URL, open_form(editor))
    assert ContentGeneration.objects.get().value == before


def test_a_default_entry_is_renamed_or_removed_as_any_other(erika, log_in, open_form, client):
    editor = log_in(erika)
    fields = open_form(editor) | {"links-1-label": "All posts", "links-3-DELETE": "on"}
    editor.post(URL, fields)
    assert readers_menu(client) == ["Front page", "All posts", "Tags"]


def test_the_default_entries_are_in_the_language_of_the_site(erika, log_in, open_form, client):
    Site.objects.create(pk=1, language="de")
    assert labels(open_form(log_in(erika)))[0] == readers_menu(client)[0] == "Startseite"


def test_a_button_moves_an_entry_without_saving_and_keeps_what_was_typed(erika, log_in, open_form):
    editor = log_in(erika)
    typed = open_form(editor) | {"name": "Typed"} | add(HEADER_ROW, "About", "/about/")
    response = editor.post(URL, typed | {"_move": "links-4:up"})
    fields = fields_of(response, "site_form")
    assert labels(fields) == ["Front page", "Archive", "Tags", "About", "Feed"]
    assert fields["name"] == ["Typed"]
    assert not Link.objects.exists()
    fields = fields_of(editor.post(URL, fields | {"_move": "links-0:down"}), "site_form")
    assert editor.post(URL, fields).status_code == 302
    assert [link.label for link in Link.objects.all()] == ["Archive", "Front page", "Tags", "About", "Feed"]


@pytest.mark.parametrize("name", ["links-0:up", "links-99:down", "links-4:up", "nonsense", ""])
def test_a_move_that_leads_nowhere_changes_nothing(erika, log_in, open_form, name):
    editor = log_in(erika)
    response = editor.post(URL, open_form(editor) | {"_move": name})
    assert response.status_code == 200
    assert labels(fields_of(response, "site_form")) == ["Front page", "Archive", "Tags", "Feed", ""]


def test_an_entry_without_an_address_is_shown_again_with_the_reason(erika, log_in, open_form):
    editor = log_in(erika)
    response = editor.post(URL, open_form(editor) | add(HEADER_ROW, "About", ""))
    assert response.status_code == 200
    assert "This field is required." in response.content.decode()
    assert not Link.objects.exists()
