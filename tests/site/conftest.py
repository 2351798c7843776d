"""Fixtures of the admin, and the form of the site's settings."""

import pytest

from tests.editor.conftest import log_in  # noqa: F401
from tests.editor.forms import fields_of

URL = "/admin/site/site/1/change/"


@pytest.fixture
def open_form():
    """Return a function that loads the form and returns the fields that a browser would submit."""

    def load(client) -> dict:
        return fields_of(client.get(URL), "site_form")

    return load
