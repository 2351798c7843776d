"""Fixtures for logging in and submitting admin forms, shared with the tests of the editor."""

from tests.editor.conftest import edit, log_in, save_first  # noqa: F401
