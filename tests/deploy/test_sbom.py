"""The list of what an image contains: its Debian packages, its Python and its Python packages, in CycloneDX."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from tools import sbom
from tools.image_archive import open_archive

pytestmark = pytest.mark.any_database

STATUS = """\
Package: libmariadb3
Status: install ok installed
Architecture: amd64
Source: mariadb (1:10.11.14-1)
Version: 1:10.11.14-0+deb12u2
Depends: libc6

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1
"""
SITE_PACKAGES = "opt/broadsheet/lib/python3.13/site-packages"
LOWER = {
    "usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": STATUS.partition("\n\n")[0].replace("u2", "u1"),
    f"{SITE_PACKAGES}/django-5.2.1.dist-info/METADATA": "Metadata-Version: 2.4\nName: Django\nVersion: 5.2.1\n\ntext\n",
    f"{SITE_PACKAGES}/gone-1.dist-info/METADATA": "Name: gone\nVersion: 1\n",
    "usr/lib/python3/dist-packages/other-1.dist-info/METADATA": "Name: other\nVersion: 1\n",
}
UPPER = {"./": "", "./var/lib/dpkg/status": STATUS, f"./{SITE_PACKAGES}/.wh.gone-1.dist-info": ""}


def tar(files: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


@pytest.fixture
def listed(tmp_path, monkeypatch) -> dict[str, dict]:
    """The components of a small image's list, by package URL without qualifiers."""
    lock = tmp_path / "base.txt"
    lock.write_text("django==5.2.1 \\\n    --hash=sha256:" + "1" * 64 + " \\\n    --hash=sha256:" + "2" * 64 + "\n")
    monkeypatch.setattr(sbom, "LOCK_FILES", [lock])
    config = {"config": {"Env": ["PYTHON_VERSION=3.13.16"]}, "rootfs": {"diff_ids": ["sha256:a", "sha256:b"]}}
    manifest = [{"Config": "config.json", "Layers": ["1/layer.tar", "2/layer.tar"]}]
    files = {"manifest.json": json.dumps(manifest), "config.json": json.dumps(config)}
    (tmp_path / "image.tar").write_bytes(tar({**files, "1/layer.tar": tar(LOWER), "2/layer.tar": tar(UPPER)}))
    for name in ("one", "two"):
        with open_archive(tmp_path / "image.tar") as image:
            sbom.write(sbom.bill_of_materials(image, "broadsheet", "0.2.0"), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    return {one["purl"].partition("?")[0]: one for one in read(tmp_path / "one")["components"]}


def read(path: Path) -> dict:
    return json.loads(path.read_text())


def test_it_lists_what_the_highest_layers_leave_of_the_image(listed):
    assert set(listed) == {
        "pkg:deb/debian/libmariadb3@1:10.11.14-0%2Bdeb12u2",
        "pkg:generic/python@3.13.16",
        "pkg:pypi/django@5.2.1",
    }


def test_a_debian_package_names_its_source_and_its_release(listed):
    [url] = [one["purl"] for name, one in listed.items() if "libmariadb3" in name]
    assert "arch=amd64" in url
    assert "distro=debian-12" in url
    assert "upstream=mariadb" in url


def test_a_python_package_has_the_hashes_of_the_lock_file(listed):
    found = [one["hashes"] for one in listed["pkg:pypi/django@5.2.1"]["externalReferences"]]
    assert sorted(hashes[0]["content"][0] for hashes in found) == ["1", "2"]
