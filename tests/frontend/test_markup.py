"""The HTML of pages: no parse errors, unique ids, heading order, no inline styles or scripts, canonical links."""

import re
from collections import Counter
from datetime import timedelta

import html5lib
import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from apps.posts import services
from apps.posts.models import Post
from blog_project.inline_scripts import csp_source
from tests.frontend import reading

pytestmark = pytest.mark.django_db
SPECIMEN = """
Intro with a note.[^1] `code`

## One

- [x] done

| a | b |
|---|--:|
| 1 | 2 |

### Two

```python
def f(): pass
```

Term
:   Meaning

!!! note
    Careful.

[^1]: The note.
"""


@pytest.fixture
def pages(client, alice, bob, make_post):
    tag = services.create_tag(name="Gardens", description="What grows")
    common = {"tags": [tag], "authors": [alice.author, bob.author]}
    for number in range(22):
        make_post(f"Post {number}", published_at=timezone.now() - timedelta(days=number + 1), **common)
    make_post("Specimen", body=SPECIMEN + "word " * 700, summary="A dek", **common)
    make_post("About", kind=Post.Kind.PAGE)
    gone = make_post("Gone")
    services.trash_post(gone, by=None, expected_version=1)
    now = timezone.localtime()
    paths = f"""/ /specimen/ /about/ /tags/ /tags/gardens/ /authors/alice-adams/ /archive/ /archive/{now:%Y}/
        /search/ /search/?q=post /search/?q=po /search/?q=nothingatall /gone/ /nope/x /?before=bad""".split()
    html = {path: client.get(path).content.decode() for path in paths}
    older = reading.older(client.get("/"))
    html[older] = client.get(older).content.decode()
    return html | {
        status: render_to_string(f"frontend/{status}.html", {"detail": "x"}) for status in ("403", "500", "503")
    }


def test_a_strict_parser_finds_no_errors(pages):
    # html5lib predates <search> (2023), but it accepts any element name.
    for path, page in pages.items():
        html5lib.HTMLParser(strict=True).parse(page), path


def test_ids_are_unique_and_labels_refer_to_them(pages):
    for path, page in pages.items():
        ids = Counter(re.findall(r'\sid="([^"]+)"', page))
        assert [name for name, count in ids.items() if count > 1] == [], path
        for name in re.findall(r'(?:for|aria-labelledby)="([^"]+)"', page):
            assert name in ids, (path, name)


def test_each_page_has_one_h1_and_skips_no_heading_level(pages):
    for path, page in pages.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
        assert [number for number, level in enumerate(levels) if level == 1] == [0], path
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), (path, levels)


def test_pages_have_no_inline_styles_and_only_the_inline_script_that_the_csp_allows(client, pages):
    policy = client.get("/")["Content-Security-Policy"]
    for path, page in pages.items():
        assert not re.search(r"<style|\sstyle=|\son\w+=", page), path
        # JSON-LD is data, not a script.
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        assert csp_source(script) in policy, path
        others = re.findall(r"<script(?![^>]* src=)(?! type=\"application/ld\+json\")[^>]+>", page)
        assert others == [], path


def test_pages_load_nothing_from_other_hosts(pages):
    for path, page in pages.items():
        assert not re.search(
            r'<(?:link rel="(?:stylesheet|icon)"|img|script)[^>]+(?:href|src)="(?:https?:)?//', page
        ), path


def test_a_post_has_canonical_description_and_opengraph(pages):
    page = pages["/specimen/"]
    assert '<link rel="canonical" href="http://testserver/specimen/">' in page
    assert '<meta name="description" content="A dek">' in page
    assert '<meta property="og:type" content="article">' in page
    assert '<meta property="og:title" content="Specimen">' in page


def test_each_page_of_a_list_is_its_own_canonical(pages):
    (older,) = (path for path in pages if "before=20" in path)
    assert f'<link rel="canonical" href="http://testserver{older}">' in pages[older]
