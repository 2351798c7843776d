"""A worker collects garbage, but not while it loads the application."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_a_worker_collects_garbage_once_it_has_loaded_the_application(bench):
    assert json.loads(bench.client.get("/garbage")) == {"while loading": False, "now": True}
