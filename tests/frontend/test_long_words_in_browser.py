"""No word widens a page: every kind of page, with a word of 200 letters in every field, in windows of four widths."""

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]

WIDTHS = (320, 375, 768, 1280)
WORD = "Kraftfahrzeughaftpflichtversicherungsbeitrag" * 5
SEED = (
    f"WORD = {WORD[:200]!r}"
    + '''
import json
from datetime import timedelta
from django.core.files.base import ContentFile
from django.utils import timezone
from apps.comments import services as comments
from apps.media import services as media
from apps.posts import services
from apps.posts.models import PreviewLink
from apps.site import services as site
from apps.site.models import Link
from tests.media.files import jpeg

address = f"https://example.org/{WORD[:170]}"
menus = [Link(menu=menu, label=WORD[:60], address=address) for menu in Link.Menu.values for _ in range(2)]
stored = site.stored_site()
site.update_site(stored, expected_version=stored.version, name=WORD[:100], tagline=WORD, footer_text=WORD, links=menus,
    comments="open")
author = services.create_author(name=WORD[:150], slug="author", bio=f"{WORD}\\n\\n{WORD}", website=address)
tags = [services.create_tag(name=f"{number}{WORD[:99]}", slug=f"tag-{number}", description=WORD) for number in range(2)]
image = media.create_image(by=None, file=ContentFile(jpeg(480, 320), name="picture.jpg"), alt=WORD, credit=WORD)
body = f"""{WORD} *{WORD}* **{WORD}** `{WORD}` [{WORD}]({address}) {address} <kbd>{WORD}</kbd> <abbr title="x">{WORD}</abbr>
H<sub>{WORD}</sub> <q>{WORD}</q> <mark>{WORD}</mark> ~~{WORD}~~ a note[^1]

## {WORD}

### `{WORD}`

- {WORD}
    - {WORD}
        1. {WORD}

- [x] {WORD}

> {WORD}
>
> > {WORD}

{WORD}
: {WORD}

| {WORD} | {WORD} |
|---|--:|
| {WORD} | `{WORD}` |

<table><caption>{WORD}</caption><tr><th>{WORD}</th><td>{WORD}</td></tr></table>

```python
{WORD}
```

    {WORD}

!!! warning "{WORD}"
    {WORD}

??? note "{WORD}"
    {WORD}

<details open><summary>{WORD}</summary>{WORD}</details>

![{WORD}]({image.address} "{WORD}")

![{WORD}](/no-picture.jpg "{WORD}")

<figure><img src="/no-picture.jpg" alt="{WORD}"><figcaption>{WORD}</figcaption></figure>

<address>{WORD}</address>

[^1]: {WORD} {address}
""" + "word " * 700
common = dict(by=None, status="published", summary=WORD, authors=[author, services.create_author(name=WORD[1:150])],
    tags=tags, body=body, cover_image=image, canonical_url=address)
start = timezone.now() - timedelta(hours=60)
posts = [
    services.create_post(title=WORD, slug=f"post-{number}", published_at=start + timedelta(hours=number), **common)
    for number in range(22)
]
other = services.create_post(title=WORD, slug="translated", translation_of=posts[20], language="de",
    published_at=start, **common)
services.create_post(title=WORD, slug="imprint", kind="page", **common)
gone = services.create_post(title=WORD, slug="gone", **common)
services.trash_post(gone, by=None, expected_version=1)
draft = services.create_post(title=WORD, slug="draft", **common | {"status": "draft"})
parent = None
for depth in range(4):
    parent = comments.import_comment(post=posts[20], parent=parent, created_at=timezone.now(), name=WORD[:80],
        website=address, body=f"{WORD}\\n\\n> {WORD}\\n\\n- `{WORD}`\\n\\n```\\n{WORD}\\n```\\n\\n{address}", status="approved")
_link, secret = PreviewLink.objects.issue(post=draft, by=None, days=1)
day = posts[0].published_at
print(json.dumps({"preview": f"/preview/{secret}/", "year": f"/archive/{day:%Y}/", "month": f"/archive/{day:%Y/%m}/"}))
'''
)
PATHS = f"""/ /post-20/ /post-3/ /translated/ /imprint/ /tags/ /tags/tag-1/ /authors/author/ /archive/ /search/
    /search/?q={WORD[:200]} /search/?q={WORD[:9]}&tag=tag-1&author=author /search/?q={WORD[:9]}&page=2 /search/?q=xx{WORD}
    /nope/{WORD} /gone/ /?before=x /api/v1/comments/unsubscribe/x/""".split()
OVERFLOWS = """() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > clientWidth);
    return scrollWidth > clientWidth ? [scrollWidth, wide.slice(0, 3).map(one => `${one.tagName}.${one.className}`)] : null;
}"""


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.paths = json.loads(server.shell(SEED).splitlines()[-1])
    return server


def overflows(page) -> dict[int, list]:
    """Return the widths of windows in which the page can be scrolled sideways, with what is too wide."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if overflow := page.evaluate(OVERFLOWS):
            found[width] = overflow
    return found


def test_no_page_is_wider_than_its_window(site, new_page):
    page, found = new_page(), {}
    for path in [*PATHS, *site.paths.values()]:
        page.goto(site.url + path)
        if wide := overflows(page):
            found[path[:40]] = wide
    page.goto(f"{site.url}/")
    page.locator(".pager-older").click()
    if wide := overflows(page):
        found["older posts"] = wide
    assert found == {}


def test_the_page_of_the_comments_form_is_not_wider_than_its_window(site, new_page):
    page = new_page()
    page.goto(f"{site.url}/post-20/")
    page.locator(".comment summary").first.click()
    page.locator(".comment details textarea").first.fill(WORD)
    page.locator(".comment details button").first.click()
    page.wait_for_url("**/api/v1/comments/")
    assert overflows(page) == {}


def test_words_of_usual_length_are_not_broken(site, new_page):
    """`overflow-wrap: anywhere` would let a narrow column break each word, were it not for the columns' widths."""
    page = new_page(viewport={"width": 320, "height": 800})
    for path in ("/", "/search/", "/archive/"):
        page.goto(site.url + path)
        heights = page.locator(".search-form button, .months li, .masthead-bar li").evaluate_all(
            "all => all.filter(one => !one.textContent.includes('Kraft')).map(one => one.getBoundingClientRect().height)"
        )
        assert max(heights) < 50, path
