"""Under /admin/, no script makes the browser take a string for code: Trusted Types, in a browser that knows them."""

from __future__ import annotations

import pytest

SINKS = {
    "a handler": "document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>'",
    "a handler in a table": "document.createElement('tbody').innerHTML = '<tr><td onclick=alert(1)>x</td></tr>'",
    "a script": "document.createElement('div').innerHTML = '<script>alert(1)<\\/script>'",
    "an address that is code": "document.createElement('div').innerHTML = '<a href=\" java\\nscript:alert(1)\">x</a>'",
    "a form that sends to code": "document.createElement('div').innerHTML = '<button formaction=javascript:alert(1)>x'",
    "a frame": "document.createElement('div').innerHTML = '<iframe srcdoc=x></iframe>'",
    "a drawing": "document.createElement('div').innerHTML = '<svg><a xlink:href=x>'",
    "text that is markup elsewhere": "document.createElement('div').innerHTML = '<noscript><p title=\"</noscript>x\">'",
    "a nested template": "document.createElement('div').innerHTML = '<template><img onerror=x></template>'",
    "inserted beside": "document.body.insertAdjacentHTML('beforeend', '<object data=x>')",
    "a whole document": "new DOMParser().parseFromString('<script>1<\\/script>', 'text/html')",
    "a frame's document": "document.createElement('iframe').srcdoc = '<script>1<\\/script>'",
    "a script's address": "document.createElement('script').src = 'https://example.org/x.js'",
    "a script of the site": "document.createElement('script').src = '/static/x.js'",
    "a script's text": "document.createElement('script').text = 'alert(1)'",
    "a timer's string": "setTimeout('alert(1)')",
    "a second policy of our name": "trustedTypes.createPolicy('desk', {createHTML: (html) => html})",
    "a policy of another name": "trustedTypes.createPolicy('other', {createHTML: (html) => html})",
    "a frame that may run scripts": "desk.showInFrame(document.createElement('iframe'), document)",
}
HARMLESS = [
    "<span class='select2'><ul role='listbox'><li aria-selected='true'>x</li></ul></span>",
    "<tr class='add-row'><td colspan='3'><a role='button' href='#'>Add another</a></td></tr>",
    "<del>old</del> <ins>new</ins>",
    "",
]


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/admin/nope/", "/preview/nope/"])
def test_the_policy_of_the_admin_and_of_previews_requires_trusted_types(client, db, path):
    policy = client.get(path)["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types default desk" in policy


def test_the_policy_of_the_pages_is_without_them(client, db):
    assert "trusted-types" not in client.get("/")["Content-Security-Policy"]


@pytest.mark.browser
@pytest.mark.server
@pytest.mark.heavy
def test_only_harmless_html_is_taken_from_a_string(serve, new_page):
    page = new_page()
    page.goto(f"{serve().url}/admin/login/")
    assert page.evaluate("'trustedTypes' in window")
    outcome = {
        name: page.evaluate(f"() => {{ try {{ {code} }} catch (error) {{ return 'refused' }} return 'done' }}")
        for name, code in SINKS.items()
    }
    assert outcome == dict.fromkeys(SINKS, "refused")
    fill = "html => { const box = document.createElement('template'); box.innerHTML = html; return box.innerHTML }"
    for html in HARMLESS:
        assert page.evaluate(fill, html) == html.replace("'", '"')
