"""The built image is listed whole, and a second build of the same commit has the same files in every layer.

`.ci/image` builds it twice, the second time without the engine's cache, and sets IMAGE_ARCHIVE, IMAGE_ARCHIVE_AGAIN (both
as `podman save` writes them) and IMAGE_SBOM.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from debian.deb822 import Deb822
from pip_requirements_parser import RequirementsFile

from tools.image_archive import ImageArchive, open_archive
from tools.requirements_check import normalised
from tools.sbom import LOCK_FILES

ARCHIVE = os.environ.get("IMAGE_ARCHIVE", "")
pytestmark = [
    pytest.mark.any_database,
    pytest.mark.skipif(not ARCHIVE, reason="IMAGE_ARCHIVE names no image; .ci/image builds one and runs these tests"),
]


@pytest.fixture(scope="module")
def sbom() -> str:
    return Path(os.environ["IMAGE_SBOM"]).read_text()


@pytest.fixture(scope="module")
def components(sbom) -> dict[tuple[str, str], dict]:
    """The components by the kind of package and its name."""
    return {(one["purl"].split("/")[0], one["name"]): one for one in json.loads(sbom)["components"]}


def test_the_list_matches_the_schema_of_cyclonedx(sbom):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom) is None


def test_every_package_of_the_lock_files_is_listed_with_its_version_and_hashes(components):
    # The image of CI has Debian's Python.
    version = components["pkg:deb", "python3-minimal"]["version"].partition("-")[0]
    python = {"python_full_version": version, "python_version": version.rpartition(".")[0]}
    for path in LOCK_FILES:
        for required in RequirementsFile.from_file(str(path)).requirements:
            if required.marker and not required.marker.evaluate(python):
                continue
            listed = components["pkg:pypi", normalised(required.name)]
            assert listed["version"] == required.get_pinned_version
            hashes = {f"sha256:{one['hashes'][0]['content']}" for one in listed["externalReferences"]}
            assert hashes == set(required.hash_options), required.name


def test_every_installed_debian_package_is_listed_with_its_version(components):
    with open_archive(Path(ARCHIVE)) as image:
        [status] = image.files(lambda path: path == "var/lib/dpkg/status").values()
    installed = {
        package["Package"]: package["Version"]
        for package in Deb822.iter_paragraphs(status, use_apt_pkg=False)
        if package["Status"] == "install ok installed"
    }
    assert {"libc6", "libmariadb3", "ca-certificates"} <= set(installed)
    listed = {name: one["version"] for (kind, name), one in components.items() if kind == "pkg:deb"}
    assert listed == installed


def listing(image: ImageArchive, layer: str) -> dict[str, tuple]:
    """Return what a layer has, in its order: by path, the kind, mode, owner, target and the digest of the content."""
    with image.layer(layer) as files:
        return {
            member.name: (
                *(member.type, oct(member.mode), member.uid, member.gid, member.linkname),
                hashlib.file_digest(files.extractfile(member), "sha256").hexdigest() if member.isreg() else "",
            )
            for member in files
        }


def times(image: ImageArchive, layer: str) -> set[float]:
    """Return the times of a layer's files."""
    with image.layer(layer) as files:
        return {member.mtime for member in files}


def test_two_builds_of_a_commit_have_the_same_files_in_every_layer():
    with open_archive(Path(ARCHIVE)) as one, open_archive(Path(os.environ["IMAGE_ARCHIVE_AGAIN"])) as two:
        assert len(one.layer_names) == len(two.layer_names)
        for first, second in zip(one.layer_names, two.layer_names, strict=True):
            before, after = listing(one, first), listing(two, second)
            different = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            assert not different, f"{len(different)} files differ: {different[:20]}"
            assert list(before) == list(after)
            # A layer that the first build took from the cache can have the time of an earlier commit, for all its files.
            assert times(one, first) == times(two, second) or len(times(one, first)) == len(times(two, second)) == 1
