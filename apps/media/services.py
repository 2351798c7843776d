"""Every write of images: the API, the admin and the commands come through here.

As with posts, what is slow is done before the transaction: the picture is checked and made in all its sizes, and the
files are stored. Only then the row is written, so that no row lacks its files. Files go when the transaction that
deletes their row has committed. What a crash leaves behind is files without a row, which `tidy_images` removes.

Functions raise `django.core.exceptions.ValidationError` (by field, for people) and `StaleVersion`; then no row was
written.
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

from apps.core import content_state
from apps.core.transactions import check_text, set_fields, write_atomically
from apps.core.versioned import StaleVersion

from . import limits, names
from .limits import Busy, Refused
from .models import Image

__all__ = [
    "Busy",
    "NotStored",
    "Refused",
    "StaleVersion",
    "check_unused",
    "create_image",
    "delete_image",
    "remove_orphans",
    "restore_image",
    "update_image",
]

logger = logging.getLogger(__name__)

MAX_NAMED = 5
"""Posts that are named where an image cannot be deleted because of them."""


class NotStored(Exception):
    """The files cannot be written: the disk is full, or the store does not answer."""


def create_image(*, by, file: File, **fields) -> Image:
    """Keep a picture and return it; one that is here already is returned as it is.

    `file` is what was uploaded; whatever its name and type say, its content decides. `fields` are those of
    `Image.DESCRIBED`. Raises Refused, Busy and NotStored.
    """
    image = Image(name=_name(file), size=file.size, uploaded_by=by)
    set_fields(image, fields)
    _clean(image)
    limits.check_size(file.size)
    content = file.read()
    image.digest = sha256(content).hexdigest()
    if (known := _known(image.digest)) and _is_whole(known):
        return known
    # Most processes never decode a picture, and so never load what does.
    from . import pictures

    made = pictures.make(content)
    image.kind, image.width, image.height, image.files = made.kind, made.width, made.height, list(made.files)
    _store(image.digest, made.files)
    return known or _insert(image)


def restore_image(*, file: File, digest: str, width: int, height: int, **fields) -> Image:
    """Keep a picture of an export under the digest that it had where it comes from, so that its addresses stay.

    It is made anew of the largest file that was kept of it there. `width` and `height` are those of what was once
    uploaded, `fields` any others. An image of that digest that is here already is returned as it is. Raises as
    `create_image` does.
    """
    image = Image(digest=digest, width=width, height=height)
    set_fields(image, fields)
    _clean(image)
    if not names.NAME.fullmatch(f"{digest}/1.png"):
        raise Refused(_("It has no valid digest."), "unreadable")
    if (known := _known(digest)) and _is_whole(known):
        return known
    limits.check_size(file.size)
    from . import pictures

    made = pictures.make(file.read())
    if abs(width * made.height - height * made.width) > max(width, height):
        image.width, image.height = made.width, made.height  # Not those of this picture.
    image.files = list(made.files)
    _store(digest, made.files)
    return known or _insert(image)


def update_image(image: Image, *, by, expected_version: int, **fields) -> Image:
    """Change how an image is described, as it was at `expected_version`."""
    set_fields(image, fields)
    _clean(image)

    def write() -> None:
        image.save_version(expected_version, update_fields=list(Image.DESCRIBED))
        if image.uses.exists():
            content_state.bump()

    write_atomically(write)
    return image


def delete_image(image: Image, *, expected_version: int | None = None, by=None) -> None:
    """Delete an image and its files. Raises ValidationError, which names the posts, for one that is used."""
    check_unused(image)

    def write() -> None:
        rows = Image.objects.filter(pk=image.pk)
        # The check reads the row again, in the transaction that deletes it.
        if expected_version is not None and not rows.filter(version=expected_version).exists():
            raise StaleVersion(image, expected_version)
        rows.delete()
        transaction.on_commit(lambda: _remove(image.digest, image.files), robust=True)

    try:
        write_atomically(write)
    except (ProtectedError, IntegrityError) as error:
        raise ValidationError(_("Somebody has just used it in a post.")) from error


def check_unused(image: Image) -> None:
    """Raise ValidationError, which names the posts, for an image that is used."""
    if titles := list(image.uses.order_by("post_id").values_list("post__title", flat=True)[: MAX_NAMED + 1]):
        raise ValidationError(_("It is used in %s. Take it out there first.") % _listed(titles))


def remove_orphans(before: datetime) -> int:
    """Remove files that were stored before a moment and belong to no image; return the number of their folders."""
    folders = [name for name in _folders() if names.NAME.fullmatch(f"{name}/1.png")]
    removed = 0
    for start in range(0, len(folders), 500):
        batch = folders[start : start + 500]
        known = set(Image.objects.filter(digest__in=batch).values_list("digest", flat=True))
        removed += sum(_remove_orphan(digest, before) for digest in batch if digest not in known)
    return removed


def _folders() -> list[str]:
    try:
        return default_storage.listdir("")[0]
    except FileNotFoundError:
        return []  # Nothing was ever stored.


def _remove_orphan(digest: str, before: datetime) -> bool:
    files = default_storage.listdir(digest)[1]
    if any(default_storage.get_modified_time(f"{digest}/{name}") >= before for name in files):
        return False
    _remove(digest, files)
    return True


def _name(file: File) -> str:
    """Return the name that a file had, without folders and without what is not text."""
    name = PurePath((file.name or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[-255:] or "image"


def _clean(image: Image) -> None:
    for name in ("alt", "credit"):
        setattr(image, name, " ".join(getattr(image, name).split()))
    check_text(image)
    image.clean_fields(exclude=[field.name for field in Image._meta.fields if field.name not in Image.DESCRIBED])


def _known(digest: str) -> Image | None:
    return Image.objects.filter(digest=digest).first()


def _is_whole(image: Image) -> bool:
    """Tell whether an image has its files: a backup can bring back rows alone, and the same upload mends that."""
    return default_storage.exists(image.fallback)


def _store(digest: str, files: dict[str, bytes]) -> None:
    try:
        for name, content in files.items():
            file = ContentFile(content)
            file.content_type = names.TYPES[name.rpartition(".")[2]]
            default_storage.save(f"{digest}/{name}", file)
    except Exception as error:
        # Each kind of storage raises exceptions of its own.
        logger.exception("The files of an image could not be stored")
        raise NotStored from error


def _insert(image: Image) -> Image:
    """Write the row, or return that of whoever uploaded the same file at the same time."""

    def write() -> Image:
        image.pk = None
        image.save(force_insert=True)
        return image

    try:
        write_atomically(write)
    except IntegrityError:
        if known := _known(image.digest):
            return known
        raise
    image.is_new = True
    return image


def _remove(digest: str, files: list[str]) -> None:
    # Somebody may have uploaded the same picture again meanwhile; the files are that row's then.
    if _known(digest):
        return
    for name in files:
        default_storage.delete(f"{digest}/{name}")


def _listed(titles: list[str]) -> str:
    listed = ", ".join(f"“{title}”" for title in titles[:MAX_NAMED])
    return _("%s and others") % listed if len(titles) > MAX_NAMED else listed
