"""Addresses of images keep a readable name beside the digest; those without one go on working."""

import pytest

from apps.media import names

DIGEST = "a" * 64
ADDRESS = f"/media/{DIGEST}/1600.jpg"


@pytest.mark.parametrize(
    ("file_name", "address"),
    [
        ("Low tide.JPG", f"{ADDRESS}#low-tide"),
        ("Grüße aus Köln.png", f"{ADDRESS}#grusse-aus-koln"),
        ("…", ADDRESS),
        ("", ADDRESS),
    ],
)
def test_the_name_of_the_file_is_made_readable(file_name, address):
    assert names.named(ADDRESS, file_name) == address
    assert names.digest_of(address) == DIGEST


def test_an_address_without_a_name_is_that_of_the_same_image():
    assert names.digest_of(ADDRESS) == names.digest_of(f"{ADDRESS}#low-tide") == DIGEST
