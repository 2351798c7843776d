"""Storing images: each file is stored_files once, files are deleted with their row, and orphans are removed."""

from __future__ import annotations

import os
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from apps.media import pictures, services
from apps.media.models import Image
from tests.media import files


def stored_files(store) -> set[str]:
    return {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()}


def test_an_upload_creates_a_row_and_files_named_by_its_digest(upload, store, alice):
    content = files.jpeg(600, 400)
    image = upload(content, "C:\\My Pictures\\Cat\u202e.jpg", by=alice, alt="  A\ncat ", credit="Alice")
    assert image.digest == sha256(content).hexdigest()
    assert (image.name, image.kind, image.width, image.height, image.size) == (
        "Cat.jpg",
        "jpeg",
        600,
        400,
        len(content),
    )
    assert (image.alt, image.credit, image.focal_x, image.focal_y) == ("A cat", "Alice", 0.5, 0.5)
    assert image.uploaded_by == alice
    assert stored_files(store) == {f"{image.digest}/{name}" for name in image.files}
    assert image.address == f"/media/{image.digest}/600.jpg"


def test_the_same_file_uploaded_twice_is_one_image(upload, store):
    first = upload(alt="First")
    assert upload(name="other.jpg", alt="Second") == first
    assert Image.objects.get().alt == "First"


def test_the_same_file_uploaded_concurrently_is_one_image(upload, monkeypatch):
    process = pictures.process

    def process_after_a_concurrent_upload(content, person):
        monkeypatch.setattr(pictures, "process", process)
        upload(content, alt="Theirs")
        return process(content, person)

    monkeypatch.setattr(pictures, "process", process_after_a_concurrent_upload)
    assert upload(alt="Mine").alt == "Theirs"
    assert Image.objects.count() == 1


def test_uploading_the_same_file_restores_lost_files(upload, store):
    image = upload()
    before = stored_files(store)
    for name in before:
        (store / name).unlink()
    assert upload() == image
    assert stored_files(store) == before


def test_a_failing_store_leaves_no_row(upload, store, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(type(default_storage._wrapped), "_save", fail)
    with pytest.raises(services.StorageFailed):
        upload()
    assert not Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_files_are_deleted_when_the_deletion_is_committed(upload, store):
    image, other = upload(), upload(files.jpeg(300, 300))
    with transaction.atomic():
        services.delete_image(image, expected_version=1)
        assert stored_files(store) >= {image.fallback}
    assert stored_files(store) == {f"{other.digest}/{name}" for name in other.files}
    assert [folder.name for folder in store.iterdir()] == [other.digest]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_deletion_deletes_no_file(upload, store):
    image = upload()
    with transaction.atomic():
        services.delete_image(image)
        transaction.set_rollback(True)
    assert stored_files(store) >= {image.fallback}
    assert Image.objects.get() == image


@pytest.mark.django_db(transaction=True)
def test_files_of_an_image_that_was_uploaded_again_are_not_deleted(upload, store):
    image = upload()
    with transaction.atomic():
        services.delete_image(image)
        upload()
    assert Image.objects.get().digest == image.digest
    assert stored_files(store) >= {image.fallback}


def test_deleting_an_old_version_is_refused(upload):
    image = upload()
    services.update_image(Image.objects.get(), by=None, expected_version=1, alt="Changed")
    with pytest.raises(services.StaleVersion):
        services.delete_image(image, expected_version=1)
    assert Image.objects.exists()


def test_the_description_of_an_image_can_be_changed(upload):
    image = services.update_image(upload(), by=None, expected_version=1, alt="An alt", focal_y=0.1)
    image.refresh_from_db()
    assert (image.alt, image.focal_y, image.version) == ("An alt", 0.1, 2)
    with pytest.raises(ValidationError, match="at most 500"):
        services.update_image(image, by=None, expected_version=2, alt="x" * 501)


def test_tidy_images_deletes_only_old_files_without_a_row(upload, store, capsys):
    image = upload()
    for digest in ("a" * 64, "b" * 64):
        default_storage.save(f"{digest}/480.webp", ContentFile(b"left behind"))
    default_storage.save("something/else.txt", ContentFile(b"of somebody's"))
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for name in stored_files(store) - {f"{'b' * 64}/480.webp"}:
        os.utime(store / name, (old, old))
    call_command("tidy_images")
    assert capsys.readouterr().out == "1 folder of files without an image was removed.\n"
    assert {name.split("/")[0] for name in stored_files(store)} == {image.digest, "b" * 64, "something"}


def test_tidy_images_accepts_an_empty_store(db, store, capsys):
    call_command("tidy_images")
    assert capsys.readouterr().out == "0 folders of files without an image were removed.\n"
