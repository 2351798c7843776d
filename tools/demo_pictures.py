#!/usr/bin/env python
"""Draw the pictures of the demo blog into demo/pictures/: all of them, or those that are named.

    python tools/demo_pictures.py [harbour market …]

They are drawn and not photographed, so that nobody else has rights in them. All use the same few inks: night blue, sea,
sand, cream, and the red of the site.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tools.pictures import charts, coast, delta, harbour, journey, letters, portraits, town, workshop  # noqa: E402, F401  (they register their pictures)
from tools.pictures.inks import PICTURES  # noqa: E402  (found by the path above)

FOLDER = ROOT / "demo" / "pictures"
BYTES_PER_PIXEL = 0.024
"""How large a file should be: some 40 kB for a cover, so that all of them stay about a megabyte."""
LOWEST_QUALITY, MOST_BYTES = 40, 60_000
"""A picture with many details may be larger, before it gets worse than this."""


def save(name: str) -> int:
    """Draw and save one picture as WebP, as good as its size allows; return its bytes."""
    image = PICTURES[name]().finished()
    data = encoded(image)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.webp").write_bytes(data)
    return len(data)


def encoded(image: Image.Image) -> bytes:
    """Return a picture as WebP: of the best quality with which it stays small, and smaller if it has many details."""
    for share in (1, 0.8, 0.64):
        smaller = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)
        for quality in range(80, LOWEST_QUALITY - 1, -5):
            file = io.BytesIO()
            smaller.save(file, "WEBP", quality=quality, method=6)
            most = image.width * image.height * BYTES_PER_PIXEL if quality > LOWEST_QUALITY else MOST_BYTES
            if file.tell() <= most:
                return file.getvalue()
    raise ValueError("The picture has too many details for its size.")


def main(names: list[str]) -> None:
    """Draw the named pictures, or all."""
    if unknown := [name for name in names if name not in PICTURES]:
        raise SystemExit(f"There is no picture {', '.join(unknown)}. There are: {', '.join(PICTURES)}.")
    for name in names or PICTURES:
        sys.stdout.write(f"{name}: {save(name):,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
