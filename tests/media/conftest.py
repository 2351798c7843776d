from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from apps.media import services
from apps.media.models import Image
from tests.api.conftest import alice_client, client, erika_client  # noqa: F401
from tests.editor.conftest import edit, log_in  # noqa: F401
from tests.editor.writing.conftest import desk, open_page_as  # noqa: F401
from tests.media import files


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """Store uploads in a temporary folder; return its path."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def upload(db):
    """Return a function that creates an image from a file."""

    def upload(content: bytes | None = None, name: str = "picture.jpg", by=None, **fields) -> Image:
        return services.create_image(by=by, file=ContentFile(content or files.jpeg(), name=name), **fields)

    return upload
