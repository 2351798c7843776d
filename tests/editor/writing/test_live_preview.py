"""The live preview is rendered by the server exactly as the post will be published."""

import re

import pytest

from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.any_database

RENDER = "/admin/posts/post/render/"
TEXT = """# Tides

Some *text*[^1], `code`, and a list:

- [x] done
- [ ] open

| a | b |
|---|--:|
| 1 | 2 |

> [!NOTE]
> Look.

```python
print("tides")
```

[^1]: A note.
"""


def prose(html: str) -> str:
    return re.search(r'<div class="prose"[^>]*>(.*)</div>\s*</article>', html, re.DOTALL)[1]


def test_the_preview_is_the_html_that_saving_stores(erika, log_in):
    answer = log_in(erika).post(RENDER, {"title": "Tides", "body": TEXT, "language": ""}).json()
    post = services.create_post(by=erika, title="Tides", body=TEXT)
    assert prose(answer["html"]) == post.body_html
    assert (answer["words"], answer["minutes"]) == (post.word_count, post.reading_minutes)
    assert "frontend/broadsheet" in answer["html"]
    assert not Post.objects.exclude(pk=post.pk).exists()


def test_generated_texts_are_in_the_language_of_the_post(erika, log_in):
    answer = log_in(erika).post(RENDER, {"title": "Gezeiten", "body": TEXT, "language": "de"}).json()
    assert prose(answer["html"]) == services.create_post(by=erika, title="x", body=TEXT, language="de").body_html


def test_scripts_are_removed_from_the_preview(erika, log_in):
    answer = log_in(erika).post(RENDER, {"title": "<b>x", "body": "<script>alert(1)</script><i onclick=x>y</i>"}).json()
    assert "alert" not in prose(answer["html"])
    assert "onclick" not in answer["html"]
    assert "<h1>&lt;b&gt;x</h1>" in answer["html"]


def test_the_preview_has_no_masthead_and_no_footer(erika, log_in):
    html = log_in(erika).post(RENDER, {"title": "Tides", "body": "Text."}).json()["html"]
    assert 'class="masthead' not in html
    assert "colophon" not in html


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("body", "> " * 50 + "deep", "too deeply"),
        ("body", "x" * 2**20 + "x", "1 MB"),
        ("language", "not a language", "BCP 47"),
    ],
)
def test_an_invalid_text_is_a_422_with_a_reason(field, value, message, erika, log_in):
    answer = log_in(erika).post(RENDER, {"title": "Tides", field: value})
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


def test_a_user_without_permissions_on_posts_gets_a_403(charlie, log_in):
    charlie.is_staff = True
    charlie.save()
    assert log_in(charlie).post(RENDER, {"body": "x"}).status_code == 403


def test_html_that_is_left_out_is_named_at_once_and_a_video_is_a_card(erika, log_in):
    body = "<iframe src='https://maps.example/x'></iframe>\n\nhttps://vimeo.com/123"
    answer = log_in(erika).post(RENDER, {"title": "x", "body": body}).json()
    assert answer["left_out"] == "1 piece of HTML cannot be kept and is left out: <iframe> https://maps.example/x"
    assert 'data-player="https://player.vimeo.com/video/123?dnt=1"' in answer["html"]
    assert log_in(erika).post(RENDER, {"title": "x", "body": "Words."}).json()["left_out"] == ""
