"""The documentation pages work in a browser under the site's Content-Security-Policy."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def site(serve):
    return serve()


@pytest.mark.parametrize(
    ("path", "shown"), [("/api/docs/", "/api/v1/posts/"), ("/api/docs/problems/", "stale-version")]
)
def test_a_documentation_page_works_without_csp_violations(site, new_page, path, shown):
    page = new_page()
    faults = []
    page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("response", lambda response: response.status >= 400 and faults.append(response.url))
    page.goto(site.url + path)
    page.get_by_text(shown).first.wait_for()
    assert faults == []
