"""The site's look: attributes by which the stylesheet follows the settings, and the theme with colour and own rules."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.site import colours, services
from apps.site.models import Site
from apps.site.services import StaleVersion

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

THEME = re.compile(r'href="(/theme/[0-9a-f]{20}\.css)"')
STYLESHEET = Path("apps/frontend/static/frontend/broadsheet.css")


def change(**fields) -> Site:
    site = services.stored_site()
    return services.update_site(site, expected_version=site.version, **fields)


def use(css: str) -> Site:
    site = services.stored_site()
    return services.set_stylesheet(site, css, expected_version=site.version)


def page(client) -> str:
    return client.get("/").content.decode()


def theme_of(client) -> str:
    return THEME.search(page(client))[1]


def test_a_site_as_it_begins_has_the_look_of_before_and_no_theme(client):
    assert 'data-type="bundled" data-front="paper" data-width="normal" data-masthead="centre"' in page(client)
    assert "data-scheme-default" not in page(client)
    assert not THEME.search(page(client))


def test_the_settings_are_attributes_of_every_page(client):
    change(
        typefaces="sans", front_page="grid", width="wide", masthead_side="start", code_colours="night", scheme="dark"
    )
    for path in ("/", "/archive/", "/nothing/"):
        html = client.get(path).content.decode()
        for attribute in ('type="sans"', 'front="grid"', 'width="wide"', 'masthead="start"', 'code="night"'):
            assert f" data-{attribute}" in html, path
        assert ' data-scheme-default="dark"' in html


@pytest.mark.parametrize(("form", "shown"), [("long", "March 1, 2026"), ("short", "1 Mar 2026"), ("iso", "2026-03-01")])
def test_dates_have_the_chosen_form(client, make_post, form, shown):
    make_post("Roses", published_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    change(dates=form)
    assert f">{shown}</time>" in page(client)


def test_the_masthead_has_the_name_the_logo_or_both(client):
    change(name="The Rose", logo="/static/rose.svg")
    logo = '<img class="masthead-logo" src="/static/rose.svg" alt="The Rose">'
    assert logo in page(client)
    change(masthead="both")
    assert '<img class="masthead-logo" src="/static/rose.svg" alt=""><span>The Rose</span>' in page(client)
    change(masthead="name")
    assert "masthead-logo" not in page(client)


def test_dark_pages_have_a_logo_of_their_own_of_which_one_is_shown(client):
    change(name="The Rose", logo="/static/rose.svg", logo_dark="/static/pale.svg")
    logo = '<img class="masthead-logo of-{}" src="/static/{}.svg" alt="The Rose" loading="lazy">'
    assert logo.format("light", "rose") + logo.format("dark", "pale") in page(client)
    change(masthead="both")
    assert 'src="/static/pale.svg" alt="" loading="lazy"> <span>The Rose</span>' in " ".join(page(client).split())
    change(logo="", masthead="logo")
    assert "masthead-logo" not in page(client)


def test_the_picture_for_shares_stands_for_pages_without_one(client):
    change(logo="/media/logo.png", share_image="/media/share.png")
    assert 'property="og:image" content="http://testserver/media/share.png"' in page(client).replace(
        "http://localhost:8000", "http://testserver"
    )


@pytest.mark.parametrize("chosen", [*colours.PRESETS, "#ffff00", "#000000", "#ffffff", "#777777"])
def test_whatever_accent_is_chosen_what_is_used_can_be_read(chosen):
    light, dark = colours.accent(chosen)
    for colour, papers in ((light, ("#fbf9f4", "#f3efe5")), (dark, ("#171512", "#211e1a"))):
        assert all(colours.contrast(colour, paper) >= colours.ENOUGH for paper in papers)


def test_a_colour_that_can_be_read_is_used_as_it_is():
    assert colours.accent("#1d4f7c").light == "#1d4f7c"
    assert colours.accent("#1d4f7c").dark != "#1d4f7c"


def test_the_papers_are_those_of_the_stylesheet():
    css = STYLESHEET.read_text()
    papers = [re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", css).groups() for name in ("paper", "paper-raised")]
    assert tuple(zip(*papers, strict=True)) == (colours.LIGHT_PAPERS, colours.DARK_PAPERS)


def test_the_theme_has_the_colour_and_the_own_rules_and_is_kept_for_good(client):
    change(accent="#1d4f7c")
    use(".byline { color: teal }")
    response = client.get(theme_of(client))
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    css = response.content.decode()
    assert css.startswith(":root { --accent: light-dark(#1d4f7c, ")
    assert css.endswith(".byline { color: teal }\n")


def test_a_change_has_another_address_and_the_former_one_leads_to_it(client):
    use("a { color: red }")
    former = theme_of(client)
    use("a { color: blue }")
    assert theme_of(client) != former
    response = client.get(former)
    assert (response.status_code, response.url) == (302, theme_of(client))
    assert response["Cache-Control"] == "no-store"


def test_without_colour_and_rules_there_is_no_theme(client):
    use("a { color: red }")
    former = theme_of(client)
    use("")
    assert not THEME.search(page(client))
    assert client.get(former).status_code == 404


def test_of_two_who_change_the_stylesheet_the_second_is_refused():
    first, second = services.stored_site(), services.stored_site()
    services.set_stylesheet(first, "a { color: red }", expected_version=1)
    with pytest.raises(StaleVersion):
        services.set_stylesheet(second, "a { color: blue }", expected_version=1)
