"""The desk's fixtures, and the form of the site's settings."""

import pytest

from tests.editor.conftest import log_in  # noqa: F401
from tests.editor.forms import fields_of

URL = "/admin/site/site/1/change/"


@pytest.fixture
def open_form():
    """Open the form; return what a browser would send of it."""

    def of(client) -> dict:
        return fields_of(client.get(URL), "site_form")

    return of
