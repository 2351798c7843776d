"""Write the list of what an image contains (its SBOM), as CycloneDX JSON.

    python -m tools.sbom ARCHIVE NAME VERSION FILE     ARCHIVE as `docker save` writes it

It lists the Debian packages that are installed in the image, its Python, and all Python packages, with the hashes of the files
that requirements/*.txt permit. It is made from the image, not from what was meant to be in it, and holds no time: two images
of the same content have the same list. It is checked against the schema of CycloneDX before it is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from debian.deb822 import Deb822
from packageurl import PackageURL
from pip_requirements_parser import RequirementsFile

from tools.image_archive import ImageArchive, open_archive
from tools.requirements_check import normalised

ROOT = Path(__file__).resolve().parent.parent
LOCK_FILES = [ROOT / "requirements" / "base.txt", ROOT / "requirements" / "production.txt"]
_STATUS = "var/lib/dpkg/status"
_RELEASE = "usr/lib/os-release"


def locked_hashes() -> dict[tuple[str, str], list[str]]:
    """Return the hashes (`sha256:…`) that the lock files permit, by name and version of the package."""
    return {
        (normalised(requirement.name), requirement.get_pinned_version): list(requirement.hash_options)
        for path in LOCK_FILES
        for requirement in RequirementsFile.from_file(str(path)).requirements
    }


def bill_of_materials(image: ImageArchive, name: str, version: str) -> Bom:
    """Return the list of what an image contains."""
    files = image.files(_is_wanted)
    root = Component(type=ComponentType.CONTAINER, name=name, version=version, bom_ref=f"{name}:{version}")
    components = [*_debian(files), *_python_packages(files), *_python(image)]
    bom = Bom(components=components)
    bom.metadata.component = root
    bom.metadata.timestamp = None
    bom.register_dependency(root, components)
    layers = image.config["rootfs"]["diff_ids"]
    bom.serial_number = uuid5(NAMESPACE_URL, " ".join([name, version, *layers]))
    root.properties.update(Property(name="broadsheet:layer", value=layer) for layer in layers)
    return bom


def write(bom: Bom, path: Path) -> None:
    """Write a list as CycloneDX JSON. Raises ValueError if it is not valid."""
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The SBOM does not match the schema of CycloneDX: {error.data}")
    path.write_text(text + "\n")


def _is_wanted(path: str) -> bool:
    return path in (_STATUS, _RELEASE) or ("/site-packages/" in path and path.endswith(".dist-info/METADATA"))


def _debian(files: dict[str, bytes]) -> Iterator[Component]:
    release = _release(files)
    for package in Deb822.iter_paragraphs(files.get(_STATUS, b""), use_apt_pkg=False):
        if package["Status"].split()[-1] != "installed":
            continue
        name, version = package["Package"], package["Version"]
        qualifiers = {"arch": package["Architecture"], "distro": release}
        if source := package.get("Source"):
            qualifiers["upstream"] = source.replace(" (", "@").rstrip(")")
        url = PackageURL("deb", "debian", name, version, qualifiers)
        yield Component(type=ComponentType.LIBRARY, name=name, version=version, purl=url, bom_ref=str(url))


def _release(files: dict[str, bytes]) -> str:
    """Return the release of Debian, as in `debian-12`."""
    lines = files[_RELEASE].decode().splitlines()
    values = dict(line.replace('"', "").split("=", 1) for line in lines if "=" in line)
    return f"{values['ID']}-{values.get('VERSION_ID', 'sid')}"


def _python_packages(files: dict[str, bytes]) -> Iterator[Component]:
    hashes = locked_hashes()
    for path in sorted(path for path in files if path.endswith("/METADATA")):
        metadata = BytesHeaderParser().parsebytes(files[path])
        name, version = normalised(metadata["Name"]), metadata["Version"]
        url = PackageURL("pypi", None, name, version)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=url,
            bom_ref=f"{url}#{path.rpartition('/site-packages/')[0]}",
            external_references=_files_of(url, hashes.get((name, version), [])),
        )


def _files_of(package: PackageURL, hashes: list[str]) -> list[ExternalReference]:
    """Return the files of a package that may be installed, from whichever index: one for each hash."""
    kind, url = ExternalReferenceType.DISTRIBUTION, XsUri(str(package))
    digests = [HashType(alg=HashAlgorithm.SHA_256, content=one.removeprefix("sha256:")) for one in hashes]
    return [ExternalReference(type=kind, url=url, hashes=[digest]) for digest in digests]


def _python(image: ImageArchive) -> Iterator[Component]:
    """Yield the Python of an image that has it from no Debian package."""
    if version := image.environment.get("PYTHON_VERSION"):
        url = PackageURL("generic", None, "python", version)
        yield Component(type=ComponentType.APPLICATION, name="python", version=version, purl=url, bom_ref=str(url))


if __name__ == "__main__":
    archive, image_name, image_version, output = sys.argv[1:]
    with open_archive(Path(archive)) as opened:
        made = bill_of_materials(opened, image_name, image_version)
    write(made, Path(output))
    print(f"{output}  {len(made.components)} packages")
