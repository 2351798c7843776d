"""What the writing page loads of JavaScript: our own is small, and Django's is only what it uses."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.staticfiles import finders

MAX_BYTES = 60_000
"""The most bytes of our scripts together, each compressed."""


@pytest.fixture
def scripts(erika, log_in) -> dict[str, int]:
    """The compressed size of each script of the page on which a post is written."""
    html = log_in(erika).get("/admin/posts/post/add/").content.decode()
    names = re.findall(r'<script[^>]* src="/static/([^"?]+)"', html)
    with_sizes = {}
    for name in names:
        with open(finders.find(name), "rb") as file:
            with_sizes[name] = len(gzip.compress(file.read()))
    return with_sizes


def test_our_scripts_are_small(scripts):
    own = {name: size for name, size in scripts.items() if not name.startswith("admin/")}
    assert "editor/autosave.js" in own
    assert sum(own.values()) <= MAX_BYTES


def test_nothing_is_loaded_that_makes_slugs_in_the_browser(scripts):
    assert not [name for name in scripts if re.search("xregexp|urlify|prepopulate.js", name)]
    assert sum(scripts.values()) <= 2 * MAX_BYTES
