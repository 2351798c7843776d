"""The site's settings are one form of the admin; pages show what was saved, and nothing is overwritten unseen."""

import pytest
from django.contrib.admin.models import LogEntry

from apps.core.models import ContentGeneration
from apps.site.models import Link, Site
from tests.site.conftest import URL

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def link(number: int, menu: str, label: str, address: str, position: int = 0) -> dict:
    fields = {"menu": menu, "label": label, "address": address, "position": position}
    return {f"links-{number}-{name}": value for name, value in fields.items()}


def test_the_list_leads_straight_to_the_form(erika, log_in):
    assert log_in(erika).get("/admin/site/site/").url == URL


def test_a_saved_name_is_on_the_pages_and_above_the_desk(erika, log_in, open_form, client):
    desk = log_in(erika)
    before = ContentGeneration.objects.get().value
    saved = desk.post(URL, open_form(desk) | {"name": "The Daily Rose", "tagline": "Thorns and all"})
    assert saved.status_code == 302
    page = client.get("/").content.decode()
    assert "The Daily Rose" in page
    assert "Thorns and all" in page
    assert "The Daily Rose" in desk.get(URL).content.decode()
    assert ContentGeneration.objects.get().value == before + 1


def test_what_is_left_empty_is_as_the_environment_says(client, settings):
    Site.objects.create(pk=1)
    assert settings.SITE_NAME in client.get("/").content.decode()


def test_links_make_the_menus_in_their_order(erika, log_in, open_form, client):
    desk = log_in(erika)
    links = (
        link(0, "header", "Second", "/second/", 2)
        | link(1, "header", "First", "/first/", 1)
        | link(2, "social", "Misdirected", "https://social.example/@rose")
        | link(3, "footer", "Imprint", "/imprint/")
    )
    assert desk.post(URL, open_form(desk) | links | {"links-TOTAL_FORMS": 4}).status_code == 302
    page = client.get("/").content.decode()
    assert page.index('href="/first/"') < page.index('href="/second/"') < page.index('href="/imprint/"')
    assert '<a href="https://social.example/@rose" rel="me noopener">Misdirected</a>' in page
    assert ">Archive<" not in page.split("</header>")[0]


def test_without_links_the_navigation_is_the_stock_one(client):
    head = client.get("/").content.decode().split("</header>")[0]
    for label in ("Front page", "Archive", "Tags", "Feed"):
        assert f">{label}</a>" in head


def test_a_removed_link_is_gone_and_the_others_stay(erika, log_in, open_form):
    site = Site.objects.create(pk=1)
    for label in ("Keep", "Drop"):
        Link.objects.create(site=site, label=label, address="/x/")
    desk = log_in(erika)
    assert desk.post(URL, open_form(desk) | {"links-1-DELETE": "on"}).status_code == 302
    assert [one.label for one in Link.objects.all()] == ["Keep"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example/", "data:text/html,x", "about", "/\\evil.example"]
)
def test_an_address_that_is_no_path_and_no_web_address_is_refused(erika, log_in, open_form, address):
    desk = log_in(erika)
    response = desk.post(URL, open_form(desk) | link(0, "header", "Odd", address) | {"logo": address})
    assert response.status_code == 200
    assert response.content.decode().count("An address is a path of this site") == 2
    assert not Link.objects.exists()


def test_a_language_is_a_tag(erika, log_in, open_form):
    desk = log_in(erika)
    response = desk.post(URL, open_form(desk) | {"language": "German"})
    assert "A language is a tag such as en" in response.content.decode()


def test_saving_what_did_not_change_writes_nothing(erika, log_in, open_form):
    desk = log_in(erika)
    desk.post(URL, open_form(desk) | link(0, "header", "About", "/about/"))
    version, link_id = Site.objects.get().version, Link.objects.get().pk
    desk.post(URL, open_form(desk))
    assert (Site.objects.get().version, Link.objects.get().pk) == (version, link_id)


def test_the_second_of_two_editors_is_shown_both_and_loses_nothing(erika, log_in, open_form):
    desk = log_in(erika)
    desk.post(URL, open_form(desk) | link(0, "header", "About", "/about/"))
    first, second = open_form(desk), open_form(desk)
    desk.post(URL, first | {"name": "Theirs", "links-0-DELETE": "on"})
    response = desk.post(URL, second | {"name": "Mine", "links-0-label": "About me"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert 'value="About me"' in page
    assert Site.objects.get().name == "Theirs"
    again = desk.post(URL, _fields(response))
    assert again.status_code == 302
    assert Site.objects.get().name == "Mine"
    assert [one.label for one in Link.objects.all()] == ["About me"]


def test_the_log_says_who_changed_what(erika, log_in, open_form):
    desk = log_in(erika)
    desk.post(URL, open_form(desk) | {"name": "New"} | link(0, "header", "About", "/about/"))
    entry = LogEntry.objects.get()
    assert entry.user == erika
    assert entry.get_change_message() == "Changed Name and links."


def test_authors_may_not_change_it(alice, log_in):
    assert log_in(alice).get(URL).status_code == 403
    assert log_in(alice).get("/admin/site/site/").status_code == 403
    assert "/admin/site/" not in log_in(alice).get("/admin/").content.decode()


def test_there_is_no_second_one_and_none_is_deleted(erika, log_in):
    desk = log_in(erika)
    assert desk.get("/admin/site/site/add/").status_code == 403
    assert desk.get("/admin/site/site/1/delete/").status_code == 403
    assert desk.get("/admin/site/site/2/change/").status_code == 302


def test_a_logo_stands_in_place_of_the_name(client):
    Site.objects.create(pk=1, name="The Daily Rose", logo="/static/rose.svg")
    assert '<img class="masthead-logo" src="/static/rose.svg" alt="The Daily Rose">' in client.get("/").content.decode()


def _fields(response) -> dict:
    from tests.editor.forms import fields_of

    return fields_of(response, "site_form")
