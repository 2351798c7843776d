"""The admin form of the site's settings: its effect on pages, validation, conflicts and rights."""

import pytest
from django.contrib.admin.models import LogEntry

from apps.core.models import ContentGeneration
from apps.site.models import Link, Site
from tests.site.conftest import URL

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def link(number: int, menu: str, label: str, address: str, position: int = 0) -> dict:
    fields = {"menu": menu, "label": label, "address": address, "position": position}
    return {f"links-{number}-{name}": value for name, value in fields.items()}


def test_the_list_redirects_to_the_form(erika, log_in):
    assert log_in(erika).get("/admin/site/site/").url == URL


def test_a_saved_name_appears_on_pages_and_in_the_admin(erika, log_in, open_form, client):
    editor = log_in(erika)
    before = ContentGeneration.objects.get().value
    response = editor.post(URL, open_form(editor) | {"name": "The Daily Rose", "tagline": "Thorns and all"})
    assert response.status_code == 302
    page = client.get("/").content.decode()
    assert "The Daily Rose" in page
    assert "Thorns and all" in page
    assert "The Daily Rose" in editor.get(URL).content.decode()
    assert ContentGeneration.objects.get().value == before + 1


def test_empty_settings_default_to_the_environment_s(client, settings):
    Site.objects.create(pk=1)
    assert settings.SITE_NAME in client.get("/").content.decode()


def test_links_appear_in_their_menus_in_order(erika, log_in, open_form, client):
    editor = log_in(erika)
    links = (
        link(0, "header", "Second", "/second/", 2)
        | link(1, "header", "First", "/first/", 1)
        | link(2, "social", "Mastodon", "https://social.example/@rose")
        | link(3, "footer", "Imprint", "/imprint/")
    )
    assert editor.post(URL, open_form(editor) | links | {"links-TOTAL_FORMS": 4}).status_code == 302
    page = client.get("/").content.decode()
    assert page.index('href="/first/"') < page.index('href="/second/"') < page.index('href="/imprint/"')
    assert '<a href="https://social.example/@rose" rel="me noopener">Mastodon</a>' in page
    assert ">Archive<" not in page.split("</header>")[0]


def test_without_links_the_navigation_has_the_default_entries(client):
    head = client.get("/").content.decode().split("</header>")[0]
    for label in ("Front page", "Archive", "Tags", "Feed"):
        assert f">{label}</a>" in head


def test_deleting_a_link_keeps_the_others(erika, log_in, open_form):
    site = Site.objects.create(pk=1)
    for label in ("Keep", "Drop"):
        Link.objects.create(site=site, label=label, address="/x/")
    editor = log_in(erika)
    assert editor.post(URL, open_form(editor) | {"links-1-DELETE": "on"}).status_code == 302
    assert [link.label for link in Link.objects.all()] == ["Keep"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example/", "data:text/html,x", "about", "/\\evil.example"]
)
def test_an_address_that_is_neither_a_path_nor_a_web_address_is_refused(erika, log_in, open_form, address):
    editor = log_in(erika)
    response = editor.post(URL, open_form(editor) | link(0, "header", "Odd", address) | {"logo": address})
    assert response.status_code == 200
    assert response.content.decode().count("An address is a path of this site") == 2
    assert not Link.objects.exists()


def test_a_language_that_is_not_a_tag_is_refused(erika, log_in, open_form):
    editor = log_in(erika)
    response = editor.post(URL, open_form(editor) | {"language": "German"})
    assert "A language is a tag such as en" in response.content.decode()


def test_languages_are_chosen_and_any_other_one_can_be_typed(erika, log_in, open_form):
    editor = log_in(erika)
    page = editor.get(URL).content.decode()
    assert '<option value="de">Deutsch</option>' in page
    assert '<option value="" selected>As the server is set: English</option>' in page
    for chosen, typed, stored in (("de", "", "de"), ("other", "pt-BR", "pt-BR"), ("", "", "")):
        editor.post(URL, open_form(editor) | {"language": chosen, "language_other": typed})
        assert Site.objects.get().language == stored
        page = editor.get(URL).content.decode()
        assert f'<option value="{chosen}" selected>' in page
        assert f'name="language_other" id="id_language_other" value="{typed}"' in page


def test_saving_an_unchanged_form_writes_nothing(erika, log_in, open_form):
    editor = log_in(erika)
    editor.post(URL, open_form(editor) | link(4, "footer", "About", "/about/"))
    version, link_id = Site.objects.get().version, Link.objects.get().pk
    editor.post(URL, open_form(editor))
    assert (Site.objects.get().version, Link.objects.get().pk) == (version, link_id)


def test_an_edit_conflict_shows_both_versions_and_keeps_the_input(erika, log_in, open_form):
    editor = log_in(erika)
    editor.post(URL, open_form(editor) | link(4, "footer", "About", "/about/"))
    first, second = open_form(editor), open_form(editor)
    editor.post(URL, first | {"name": "Theirs", "links-0-DELETE": "on"})
    response = editor.post(URL, second | {"name": "Mine", "links-0-label": "About me"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert 'value="About me"' in page
    assert Site.objects.get().name == "Theirs"
    again = editor.post(URL, _fields(response))
    assert again.status_code == 302
    assert Site.objects.get().name == "Mine"
    assert [link.label for link in Link.objects.all()] == ["About me"]


def test_the_log_names_the_user_and_the_changed_fields(erika, log_in, open_form):
    editor = log_in(erika)
    editor.post(URL, open_form(editor) | {"name": "New"} | link(0, "header", "About", "/about/"))
    entry = LogEntry.objects.get()
    assert entry.user == erika
    assert entry.get_change_message() == "Changed Name and links."


def test_authors_may_not_change_the_settings(alice, log_in):
    assert log_in(alice).get(URL).status_code == 403
    assert log_in(alice).get("/admin/site/site/").status_code == 403
    assert "/admin/site/" not in log_in(alice).get("/admin/").content.decode()


def test_settings_can_be_neither_added_nor_deleted(erika, log_in):
    editor = log_in(erika)
    assert editor.get("/admin/site/site/add/").status_code == 403
    assert editor.get("/admin/site/site/1/delete/").status_code == 403
    assert editor.get("/admin/site/site/2/change/").status_code == 302


def test_a_logo_replaces_the_name(client):
    Site.objects.create(pk=1, name="The Daily Rose", logo="/static/rose.svg")
    assert '<img class="masthead-logo" src="/static/rose.svg" alt="The Daily Rose">' in client.get("/").content.decode()


def _fields(response) -> dict:
    from tests.editor.forms import fields_of

    return fields_of(response, "site_form")
