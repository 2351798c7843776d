"""Read an image that `docker save`, `podman save` or `buildah push … docker-archive:` has written, without unpacking it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath


class ImageArchive:
    """An image: its configuration and its layers, the lowest first."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        [manifest] = json.loads(self._read("manifest.json"))
        self.layer_names: list[str] = manifest["Layers"]
        self.config: dict = json.loads(self._read(manifest["Config"]))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the image sets."""
        return dict(pair.split("=", 1) for pair in self.config["config"].get("Env") or [])

    @contextmanager
    def layer(self, name: str) -> Iterator[tarfile.TarFile]:
        """Open a layer."""
        # Some engines list a layer twice, the second time as a link.
        with tarfile.open(fileobj=self._archive.extractfile(name)) as layer:
            yield layer

    def files(self, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """Return the content of the regular files of the image whose path (without a leading slash) is wanted."""
        found: dict[str, bytes] = {}
        for name in self.layer_names:
            with self.layer(name) as layer:
                for member in layer:
                    path = member.name.removeprefix("./").rstrip("/")
                    if path in ("", "."):
                        continue
                    _forget_what_it_hides(found, PurePosixPath(path))
                    if member.isreg() and is_wanted(path):
                        found[path] = layer.extractfile(member).read()
        return found

    def _read(self, name: str) -> bytes:
        return self._archive.extractfile(name).read()


@contextmanager
def open_archive(path: Path) -> Iterator[ImageArchive]:
    """Open an image's archive."""
    with tarfile.open(path) as archive:
        yield ImageArchive(archive)


def _forget_what_it_hides(found: dict[str, bytes], path: PurePosixPath) -> None:
    """Remove the files that an entry of a higher layer replaces or, as a whiteout (`.wh.name`), deletes."""
    if path.name == ".wh..wh..opq":
        hidden = str(path.parent)
    else:
        hidden = str(path.with_name(path.name.removeprefix(".wh.")))
        found.pop(hidden, None)
        if not path.name.startswith(".wh."):
            return
    for name in [name for name in found if name.startswith(f"{hidden}/")]:
        del found[name]
