"""Clients and forms of the desk."""

from tests.admin.conftest import edit, log_in, save_first  # noqa: F401
