"""Texts of an export that only look like something else do not end or damage the import."""

from __future__ import annotations

import pytest

from apps.posts.models import Post
from tests.importing import wxr
from tests.importing.conftest import run
from tests.importing.wxr import item


@pytest.mark.parametrize("mark", ["\ufdd0", "\ufdd1", "&#xfdd0;", "&#64977;", "&#XFDD1", "\ufdd0\ufdd1"])
def test_the_characters_that_the_converter_marks_emphasis_with_are_taken_out(wordpress, mark):
    wordpress(item(1, "A", f"<p>One {mark}<strong>two</strong> {mark}three</p>"))
    assert Post.objects.get().body == "One **two** three"


def test_a_name_between_such_characters_is_only_a_text(wordpress):
    wordpress(item(1, "A", "<p>One \ufdd0em\ufdd0 two</p>"))
    assert Post.objects.get().body == "One em two"


@pytest.mark.parametrize("address", ["http://[x", "//[x", "https://[::1"])
def test_an_address_that_is_none_stays_a_text(wordpress, address):
    html = (
        f'<p><a href="{address}">A</a> <img src="{address}"> [youtube {address}]</p><iframe src="{address}"></iframe>'
    )
    file = item(2, "F", "", f"<wp:attachment_url>{address}</wp:attachment_url>", post_type="attachment")
    assert wordpress(file, item(1, "A", html, link=address)).status == 0
    assert Post.objects.get().title == "A"


def test_an_address_of_the_old_site_that_is_none_is_not_used(db, tmp_path):
    path = tmp_path / "old.xml"
    html = '<p><img src="/wp-content/uploads/a.png"></p>'
    path.write_text(
        wxr.export(item(1, "A", html)).replace("<link>https://old.example</link>", "<link>http://[x</link>")
    )
    assert run("import_wordpress", str(path)).status == 0
    assert Post.objects.get().title == "A"
