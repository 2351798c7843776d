"""All writes of images. The API, the admin and the commands use these functions.

The slow work is done before the transaction: the image is checked and encoded, and its files are stored. The row is
written last, so that no row lacks its files. Files are deleted after the transaction that deletes their row has been
committed. A crash can leave files without a row, which `manage.py tidy_images` deletes.

Functions raise `django.core.exceptions.ValidationError`, with translated messages by field, and `StaleVersion`. In both
cases no row has been written.
"""

from __future__ import annotations

import logging
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.core import changes, content_state
from apps.core.heavy_work import Busy
from apps.core.text import normalized
from apps.core.transactions import check_text, column_values, set_fields, write_atomically
from apps.core.versioned import StaleVersion

from . import limits, names
from .limits import InvalidImage
from .models import Image

__all__ = [
    "Busy",
    "InvalidImage",
    "StaleVersion",
    "StorageFailed",
    "check_unused",
    "create_image",
    "delete_image",
    "remove_orphans",
    "restore_image",
    "update_image",
]

logger = logging.getLogger(__name__)

MAX_LISTED = 5
"""How many posts an error message lists, at most."""


class StorageFailed(Exception):
    """The files cannot be stored: the disk is full, or the store does not respond."""


def create_image(*, by, file: File, **fields) -> Image:
    """Create an image from an uploaded file, or return the existing image of the same file unchanged.

    The format of `file` is detected from its content, not from its name or type. `fields` are those of
    `Image.DESCRIPTION_FIELDS`. Raises InvalidImage, Busy and StorageFailed.
    """
    image = Image(name=_file_name(file), size=file.size, uploaded_by=by)
    set_fields(image, fields)
    _clean(image)
    limits.check_size(file.size)
    content = file.read()
    image.digest = sha256(content).hexdigest()
    if (existing := _find_image(image.digest)) and _has_files(existing):
        return existing
    # Imported here because most processes never decode an image.
    from . import pictures

    processed = pictures.process(content, by and by.pk)
    image.kind, image.width, image.height, image.files = (
        processed.kind,
        processed.width,
        processed.height,
        list(processed.files),
    )
    _store(image.digest, processed.files)
    return existing or _insert(image)


def restore_image(*, file: File, digest: str, width: int, height: int, **fields) -> Image:
    """Create an image from an export, under the digest of the exporting site so that its addresses stay the same.

    `file` is the largest file of the export, from which all files are encoded again. `width` and `height` are those of
    the original upload, `fields` are any other fields. An existing image with the digest is returned unchanged. Raises
    the same exceptions as `create_image`.
    """
    image = Image(digest=digest, width=width, height=height)
    set_fields(image, fields)
    _clean(image)
    if not names.NAME.fullmatch(f"{digest}/1.png"):
        raise InvalidImage(_("It has no valid digest."), "unreadable")
    if (existing := _find_image(digest)) and _has_files(existing):
        return existing
    limits.check_size(file.size)
    from . import pictures

    processed = pictures.process(file.read())
    if abs(width * processed.height - height * processed.width) > max(width, height):
        image.width, image.height = processed.width, processed.height  # The given ones have another aspect ratio.
    image.files = list(processed.files)
    _store(digest, processed.files)
    return existing or _insert(image)


def update_image(image: Image, *, by, expected_version: int, **fields) -> Image:
    """Change the description of an image that is at `expected_version`, and write nothing if nothing is changed.

    `fields` are those of `Image.DESCRIPTION_FIELDS`.
    """
    before = column_values(image)
    set_fields(image, fields)
    _clean(image)
    if column_values(image) == before and image.version == expected_version:
        return image

    def write() -> None:
        image.save_version(expected_version, update_fields=list(Image.DESCRIPTION_FIELDS))
        if image.uses.exists() or image.portraits.exists():
            # Which posts show it, and whether these are public, is seen when the feed is read.
            content_state.bump(changes.of(image, before=False, after=False, spreads=True))

    write_atomically(write)
    return image


def delete_image(image: Image, *, expected_version: int | None = None, by=None) -> None:
    """Delete an image and its files. Raises ValidationError for an image in use (`check_unused`)."""
    check_unused(image, by=by)

    def write() -> None:
        rows = Image.objects.filter(pk=image.pk)
        # The version is read in the transaction that deletes the row.
        if expected_version is not None and not rows.filter(version=expected_version).exists():
            raise StaleVersion(image, expected_version)
        was_public = changes.was_public(image)
        rows.delete()
        if was_public:
            content_state.bump(changes.of(image, after=False, event=changes.Event.DELETED))
        transaction.on_commit(lambda: _delete_files(image.digest, image.files), robust=True)

    try:
        write_atomically(write)
    except (ProtectedError, IntegrityError) as error:
        raise ValidationError(_("Somebody has just used it in a post.")) from error


def check_unused(image: Image, *, by) -> None:
    """Raise ValidationError for an image in use, with the titles of the posts that `by` may know of."""
    uses = image.uses.known_to(by).order_by("post_id")
    if titles := list(uses.values_list("post__title", flat=True)[: MAX_LISTED + 1]):
        raise ValidationError(_("It is used in %s. Take it out there first.") % _join_titles(titles))
    # Only those who may change a post know that changes of it wait.
    waiting = image.pending_uses.editable_by(by).order_by("post_id")
    if titles := list(waiting.values_list("post__title", flat=True)[: MAX_LISTED + 1]):
        message = _("It is used in changes of %s that are not published yet. Take it out there first.")
        raise ValidationError(message % _join_titles(titles))
    if image.uses.exists() or image.pending_uses.exists():
        raise ValidationError(_("It is used in a post that is not yours to see. Ask an editor to take it out there."))
    if author := image.portraits.order_by("pk").first():
        raise ValidationError(_("It is the picture of %s. Choose another one there first.") % author)


def remove_orphans(before: datetime) -> int:
    """Delete files that were stored before a time and belong to no image; return the number of their folders."""
    folders = [name for name in _list_folders() if names.NAME.fullmatch(f"{name}/1.png")]
    removed = 0
    for start in range(0, len(folders), 500):
        batch = folders[start : start + 500]
        existing = set(Image.objects.filter(digest__in=batch).values_list("digest", flat=True))
        removed += sum(_delete_orphan(digest, before) for digest in batch if digest not in existing)
    return removed


def _list_folders() -> list[str]:
    try:
        return default_storage.listdir("")[0]
    except FileNotFoundError:
        return []  # No file has been stored yet.


def _delete_orphan(digest: str, before: datetime) -> bool:
    files = default_storage.listdir(digest)[1]
    if any(default_storage.get_modified_time(f"{digest}/{name}") >= before for name in files):
        return False
    _delete_files(digest, files)
    return True


def _file_name(file: File) -> str:
    """Return the name of an uploaded file, without folders and unprintable characters."""
    name = PurePath(normalized(file.name or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[-255:] or "image"


def _clean(image: Image) -> None:
    for name in ("alt", "credit"):
        setattr(image, name, " ".join(getattr(image, name).split()))
    check_text(image)
    image.clean_fields(
        exclude=[field.name for field in Image._meta.fields if field.name not in Image.DESCRIPTION_FIELDS]
    )


def _find_image(digest: str) -> Image | None:
    return Image.objects.filter(digest=digest).first()


def _has_files(image: Image) -> bool:
    """Return whether an image has its files. After a restore of the database alone, a new upload stores them again."""
    return default_storage.exists(image.fallback)


def _store(digest: str, files: dict[str, bytes]) -> None:
    try:
        for name, content in files.items():
            file = ContentFile(content)
            file.content_type = names.TYPES[name.rpartition(".")[2]]
            default_storage.save(f"{digest}/{name}", file)
    except Exception as error:
        # Each storage backend raises its own exceptions.
        logger.exception("The files of an image could not be stored")
        raise StorageFailed from error


def _insert(image: Image) -> Image:
    """Insert the row, or return the row of a concurrent upload of the same file."""

    def write() -> Image:
        image.pk = None
        image.save(force_insert=True)
        return image

    try:
        write_atomically(write)
    except IntegrityError:
        if existing := _find_image(image.digest):
            return existing
        raise
    image.is_new = True
    return image


def _delete_files(digest: str, files: list[str]) -> None:
    # If the same file has been uploaded again meanwhile, the files belong to the new row.
    if _find_image(digest):
        return
    for name in files:
        default_storage.delete(f"{digest}/{name}")


def _join_titles(titles: list[str]) -> str:
    listed = ", ".join(f"“{title}”" for title in titles[:MAX_LISTED])
    return _("%s and others") % listed if len(titles) > MAX_LISTED else listed
