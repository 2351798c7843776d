"""The editors' pages, for which people log in."""

from tests.editor.conftest import edit, log_in, save_first  # noqa: F401
