"""Lists, tags and the start page in a browser, and the Content Security Policy on every page of the admin."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.axe import in_each_scheme, in_each_view, violations
from tests.editor.writing.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.server]

CREATE_CONTENT = """
import json
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from django.core.files.base import ContentFile
from apps.media.services import create_image
from tests.media.files import jpeg
from apps.api.models import ApiToken
from apps.comments.services import create_comment
from apps.audit.models import AuditEntry
from apps.posts import services
from apps.site.models import Site
root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
erika = User.objects.create_user("erika", "erika@example.org", "a-long-password", is_staff=True)
erika.groups.set(Group.objects.filter(name="Editors"))
author = services.create_author(name="Erika Adams", user=erika)
sea, ocean = services.tags_named(["Sea", "Ocean"])
post = services.create_post(by=erika, title="Tides", body="One line.", status="published", authors=[author], tags=[sea])
services.update_post(post, by=root, expected_version=1, title="Low tides", reason="shorter")
services.create_post(by=erika, title="Unfinished", body="Text.", authors=[author])
letters = services.create_series(title="Letters")
for title in ("First letter", "Second letter", "Third letter"):
    services.create_post(by=erika, title=title, authors=[author], series=letters)
later = timezone.now() + timedelta(days=2)
services.create_post(by=erika, title="To come", status="published", published_at=later, authors=[author])
thrown = services.create_post(by=erika, title="Thrown away", authors=[author])
services.trash_post(thrown, by=erika, expected_version=1)
comment = create_comment(by=None, post=post, body="Well said.", name="Rita")
token = ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None)[0]
entry = AuditEntry.objects.create(action="changed", username="erika", address="192.0.2.1", request_id="-", object_name="Tides")
rows = {"posts.post": post, "posts.tag": sea, "posts.series": letters, "posts.author": author, "comments.comment": comment, "auth.user": erika,
        "api.apitoken": token, "audit.auditentry": entry, "auth.group": Group.objects.first(),
        "posts.postalias": services.create_alias(path="/old-tides/", post=post),
        "media.image": create_image(by=erika, file=ContentFile(jpeg(60, 40), "a.jpg"))}
print(json.dumps({name: row.pk for name, row in rows.items()}
                 | {"ocean": ocean.pk, "thrown": thrown.pk, "version": post.history.last().history_id}))
"""
SUBMIT_ACTION = """
    ([action, url, keys]) => {
      const form = document.createElement("form");
      form.method = "post"; form.action = url;
      const fields = [["action", action], ["index", "0"], ...keys.map((key) => ["_selected_action", key])];
      for (const [name, value] of fields) {
        const input = document.createElement("input");
        input.type = "hidden"; input.name = name; input.value = value; form.append(input);
      }
      form.append(document.querySelector("input[name=csrfmiddlewaretoken]").cloneNode());
      document.body.append(form); form.submit();
    }
"""
POSTS, TAGS = "/admin/posts/post/", "/admin/posts/tag/"


@pytest.fixture(scope="module")
def desk(serve):
    server = serve(LOGIN_ATTEMPTS="3")
    server.keys = json.loads(server.shell(CREATE_CONTENT).strip().splitlines()[-1])
    return server


@pytest.fixture
def log_in(desk, new_page):
    """Return a function that opens a browser page in which a user is logged in."""

    def open_page(name: str, **options):
        page = new_page(**options)
        page.context.add_cookies([desk.session(name)])
        return page

    return open_page


@pytest.fixture
def submit_action(desk):
    """Return a function that submits an action for rows of a list and waits for its confirmation page."""

    def choose(page, url: str, action: str, *keys: int) -> None:
        page.goto(desk.url + url)
        with page.expect_navigation():
            page.evaluate(SUBMIT_ACTION, [action, desk.url + url, list(map(str, keys))])

    return choose


def test_typing_a_new_name_in_the_form_of_a_post_makes_a_tag(desk, log_in):
    page = log_in("erika")
    page.goto(f"{desk.url}{POSTS}add/")
    page.fill("#id_title", "Moon and water")
    page.click(".field-tag_list .select2-selection")
    page.keyboard.type("Spring tide")
    page.wait_for_selector(".select2-results__option:has-text('New tag: Spring tide')")
    page.keyboard.press("Enter")
    page.keyboard.type("se")
    page.wait_for_selector(".select2-results__option--highlighted:text-is('Sea')")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.wait_for_function("document.querySelectorAll('.field-tag_list .select2-selection__choice').length === 1")
    page.keyboard.type("sea")
    page.wait_for_selector(".select2-results__option--highlighted:text-is('Sea')")
    page.keyboard.press("Enter")
    page.click("button[name=_continue]")
    page.wait_for_selector(".messagelist .success")  # The draft is sent before the form.
    assert sorted(page.locator("#id_tag_list option").all_text_contents()) == ["Sea", "Spring tide"]
    page.goto(f"{desk.url}/tags/spring-tide/")
    assert page.inner_text("h1") == "Spring tide"


def test_without_javascript_tags_are_typed_in_a_text_field(desk, log_in):
    page = log_in("erika", java_script_enabled=False)
    page.goto(f"{desk.url}{POSTS}add/")
    page.fill("#id_title", "By name")
    page.fill("#id_tag_list_by_name", "Neap tide, Sea")
    with page.expect_navigation():
        page.click("button[name=_continue]")
    page.goto(f"{desk.url}{TAGS}?q=neap")
    assert "Neap tide" in page.inner_text("#result_list")


def test_the_page_of_a_merged_tag_redirects_to_the_merge_target(desk, log_in):
    desk.shell("from apps.posts import services\nservices.tags_named(['Boats', 'Ships'])")
    page = log_in("erika")
    page.goto(f"{desk.url}{TAGS}")
    for name in ("Boats", "Ships"):
        page.check(f"tr:has-text('{name}') input.action-select")
    page.select_option("select[name=action]", "merge")
    page.click("button[name=index]")
    page.check("label:has-text('Ships') input")
    page.click("input[value=Merge]")
    assert "“Boats”: now “Ships”." in page.inner_text(".messagelist")
    page.goto(f"{desk.url}/tags/boats/")
    assert page.url == f"{desk.url}/tags/ships/"


def test_tags_are_added_to_the_chosen_posts_removed_and_put_back(desk, log_in):
    page = log_in("erika")
    for button, message in (("Add tags", "1 post was tagged."), ("Remove tags", "A tag was taken from 1 post.")):
        page.goto(f"{desk.url}{POSTS}")
        page.check("tr:has-text('Unfinished') input.action-select")
        page.click(".action-tags .select2-selection")
        page.keyboard.type("ocean")
        page.click(".select2-results__option:text-is('Ocean')")
        page.get_by_role("button", name=button).click()
        assert message in page.inner_text(".messagelist")
    page.get_by_role("button", name="Undo").click()
    assert "1 post was tagged." in page.inner_text(".messagelist")


def test_without_javascript_the_tags_of_several_posts_are_typed(desk, log_in):
    page = log_in("erika", java_script_enabled=False)
    page.goto(f"{desk.url}{POSTS}")
    page.check("tr:has-text('Unfinished') input.action-select")
    page.get_by_role("button", name="Add tags").click()
    assert "Choose a tag, or type its name." in page.inner_text("#tag_form")
    page.fill("#id_tag_list_by_name", "Ocean, Quay")
    page.get_by_role("button", name="Add tags").click()
    assert "1 post was tagged." in page.inner_text(".messagelist")


def parts(page) -> list[str]:
    return page.locator("ol.parts .part-title a").all_text_contents()


def test_the_parts_of_a_series_are_put_in_order_by_buttons_and_by_dragging(desk, log_in):
    page = log_in("erika")
    address = f"{desk.url}/admin/posts/series/{desk.keys['posts.series']}/change/"
    page.goto(address)
    page.get_by_role("button", name="Move “First letter” down").click()
    assert parts(page) == ["Second letter", "First letter", "Third letter"]
    assert page.inner_text("#id_parts_status") == "“First letter” is number 2 of 3 now."
    assert page.evaluate("document.activeElement.value.endsWith(':down')")
    page.get_by_role("button", name="Move “First letter” down").click()
    # It is last now: the keyboard goes on with the button that is left.
    assert page.evaluate("document.activeElement.value.endsWith(':up')")
    handle = page.locator("ol.parts li", has_text="Third letter").locator(".move-handle")
    handle.drag_to(page.locator("ol.parts li", has_text="Second letter"), target_position={"x": 5, "y": 2})
    handle.press("ArrowDown")
    assert parts(page) == ["Second letter", "Third letter", "First letter"]
    handle.press("ArrowUp")
    assert parts(page) == ["Third letter", "Second letter", "First letter"]
    page.click("input[name=_continue], button[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    page.goto(address)
    assert parts(page) == ["Third letter", "Second letter", "First letter"]


def test_enter_in_the_title_saves_the_series_and_moves_no_part(desk, log_in):
    page = log_in("erika")
    address = f"{desk.url}/admin/posts/series/{desk.keys['posts.series']}/change/"
    page.goto(address)
    before = parts(page)
    page.fill("#id_title", "Letters home")
    with page.expect_navigation():
        page.press("#id_title", "Enter")
    page.goto(address)
    assert (page.input_value("#id_title"), parts(page)) == ("Letters home", before)


def test_without_javascript_a_button_saves_the_series_with_its_part_moved(desk, log_in):
    page = log_in("erika", java_script_enabled=False)
    page.goto(f"{desk.url}/admin/posts/series/{desk.keys['posts.series']}/change/")
    first, second, *_others = parts(page)
    page.get_by_role("button", name=f"Move “{first}” down").click()
    page.wait_for_selector(".messagelist .success")
    assert parts(page)[:2] == [second, first]


def test_typing_a_new_title_in_the_form_of_a_post_makes_a_series(desk, log_in):
    page = log_in("erika")
    page.goto(f"{desk.url}{POSTS}add/")
    page.fill("#id_title", "A lesson")
    page.click("summary:text-is('Series')")
    page.click(".field-series .select2-selection")
    page.keyboard.type("A course")
    page.wait_for_selector(".select2-results__option:has-text('New series: A course')")
    page.keyboard.press("Enter")
    page.click("button[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    assert page.locator("#id_series option:checked").inner_text() == "A course"


def test_the_start_page_shows_the_open_tasks(desk, log_in):
    page = log_in("erika")
    page.goto(f"{desk.url}/admin/")
    assert "Unfinished" in page.inner_text("section:has(#start-writing)")
    assert "To come" in page.inner_text("section:has(#start-scheduled)")
    assert "Well said." in page.inner_text("section:has(#start-waiting)")
    assert "Low tides" in page.inner_text("section:has(#start-changed)")
    page.click("text=Write a post")
    assert page.url.endswith(f"{POSTS}add/")


@pytest.mark.heavy
def test_the_pages_of_lists_and_tags_have_no_axe_violations(desk, log_in, submit_action):
    page, keys = log_in("root"), desk.keys
    pages = {
        "start": lambda: page.goto(f"{desk.url}/admin/"),
        "profile": lambda: page.goto(f"{desk.url}/admin/profile/"),
        "invitation": lambda: page.goto(f"{desk.url}/admin/auth/user/invite/"),
        "sessions": lambda: page.goto(f"{desk.url}/admin/accounts/session/"),
        "tag several": lambda: submit_action(page, POSTS, "tag", keys["posts.post"]),
        "series": lambda: page.goto(f"{desk.url}/admin/posts/series/{keys['posts.series']}/change/"),
        "merge": lambda: submit_action(page, TAGS, "merge", keys["posts.tag"], keys["ocean"]),
        "audit entry": lambda: page.goto(f"{desk.url}/admin/audit/auditentry/{keys['audit.auditentry']}/change/"),
    }
    for name, open_page in pages.items():
        for width, scheme in in_each_view(page, open_page, (1440, 320)):
            assert violations(page, scheme=scheme) == [], (name, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width, scheme)


def admin_paths(keys: dict[str, int]) -> list[str]:
    """Return the paths of all admin pages: those of every model and the others."""
    found = ["/admin/", "/admin/password_change/", "/admin/password_reset/", "/admin/password_reset/done/"]
    found += ["/admin/password_change/done/", "/admin/reset/done/", "/admin/reset/x/y/", "/admin/nothing/"]
    for model in admin.site._registry:
        name, key = model._meta.label_lower, keys.get(model._meta.label_lower)
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse("admin:app_list", args=[model._meta.app_label]), reverse(f"{base}_changelist")]
        found += [reverse(f"{base}_add")]
        if key is not None:
            found += [reverse(f"{base}_{page}", args=[key]) for page in ("change", "history", "delete")]
        else:
            assert name in ("site.site", "accounts.session"), f"This test needs a row of {name}."
    post, version = keys["posts.post"], keys["version"]
    found.append(reverse("admin:posts_post_simple_history", args=[post, version]))
    found += [reverse("admin:auth_user_password_change", args=[keys["auth.user"]])]
    found += [f"{POSTS}{keys['thrown']}/change/", f"{POSTS}?state=trash", f"{POSTS}?q=tides&tag=1&author=1&whose=me"]
    return [*dict.fromkeys(found), f"/preview/{post}/"]


@pytest.mark.heavy
def test_no_admin_page_violates_the_content_security_policy(desk, log_in, submit_action):
    page, keys = log_in("root"), desk.keys
    blocked = []
    page.on("console", lambda message: "Content Security Policy" in message.text and blocked.append(message.text))
    for address in admin_paths(keys):
        page.goto(desk.url + address)
        assert not blocked, (address, blocked)
        for scheme in in_each_scheme(page):
            click_first(page, ".select2-selection")
            click_first(page, ".theme-toggle")
            assert not blocked, (address, scheme, blocked)
    confirmations = [(POSTS, "tag", keys["posts.post"]), (f"{POSTS}?state=trash", "purge", keys["thrown"])]
    for confirmation in [*confirmations, (TAGS, "merge", keys["posts.tag"], keys["ocean"])]:
        submit_action(page, *confirmation)
        for scheme in in_each_scheme(page):
            assert not blocked, (confirmation, scheme, blocked)


def click_first(page, selector: str) -> None:
    """Click the first visible element that matches, if any."""
    for found in page.locator(f"{selector}:visible").all()[:1]:
        found.click()


def test_the_login_page_shows_a_lockout_and_complies_with_the_policy(desk, new_page):
    page = new_page()
    violated_rules = []
    page.on(
        "console", lambda message: "Content Security Policy" in message.text and violated_rules.append(message.text)
    )
    page.goto(f"{desk.url}/admin/")
    for _ in range(3):
        sign_in(page, "mallory", "guessed")
    assert "Try again in 15 minutes" in page.inner_text(".errornote")
    assert not violated_rules
    assert violations(page) == []
