"""Makes the bundled typefaces: `make fonts` writes apps/frontend/static/frontend/fonts anew.

The source is Source Serif 4 by Frank Grießhammer (Adobe), from the npm package `source-serif`, under the SIL Open Font
License. Its optical sizes give two typefaces: one for text, one for headlines. Each is cut to the weights that the
stylesheet uses and divided by writing system, so that a reader loads the letters of the page alone. The licence reserves
the name "Source" for unchanged files, so these are named after the site.

The bytes follow from the versions that are pinned here. The stylesheet names the files and the same ranges of letters.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha512
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from apps.frontend.typefaces import FACES, FOLDER, RANGES, font_faces

PACKAGE = "source-serif@4.5.1"
DIGEST = "354021e48cc5eca894bb6813a6a13e79df4c35b31ee2cb7b2c82176743871d23dcea083ce87ebb8f4e0cf2c221536aaa15ddba6ed5da150da07b9bbfa7bda3d1"
"""The SHA-512 of the package's archive."""

SOURCES = {
    "text": ("Roman", {"wght": (400, 700), "opsz": 18}),
    "text-italic": ("Italic", {"wght": 400, "opsz": 18}),
    "headline": ("Roman", {"wght": (600, 700), "opsz": 60}),
}
"""From what each face is made: the file of the package, and what of its axes is kept."""
DESK = FOLDER.parents[3] / "editor/static/editor/typefaces.css"
"""The stylesheet by which what is written is set as it will be read."""
FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "lnum", "pnum", "tnum"]
HEADLINE_FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk"]


def main() -> None:
    """Fetch the package, and write the files and the licence."""
    with tempfile.TemporaryDirectory() as folder:
        package = fetch(Path(folder))
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.woff2"):
            old.unlink()
        (FOLDER / "OFL.txt").write_text((package / "LICENSE.md").read_text("utf-8").strip() + "\n", "utf-8")
        for name, (style, axes) in SOURCES.items():
            face = instance(package / f"VAR/SourceSerif4Variable-{style}.ttf", axes, FACES[name][0])
            for letters, codes in RANGES.items():
                target = FOLDER / f"{name}-{letters}.woff2"
                write(face, target, codes, HEADLINE_FEATURES if name == "headline" else FEATURES)
                print(f"{target.stat().st_size:>6}  {target.name}")
    note = "/* The typefaces of the readers' pages, for what is written as they will read it. `make fonts` writes this file. */"
    DESK.write_text(f"{note}\n\n{font_faces('../frontend/fonts', display='swap')}")


def fetch(folder: Path) -> Path:
    """Return the folder of the unpacked package. Exits if its archive is not the pinned one."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
    (archive,) = folder.glob("*.tgz")
    if (digest := sha512(archive.read_bytes()).hexdigest()) != DIGEST:
        sys.exit(f"The archive of {PACKAGE} is not the one that is expected: its SHA-512 is {digest}.")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def instance(path: Path, axes: dict, family: str) -> bytes:
    """Return a font that is limited to `axes` and named after `family`."""
    font = instancer.instantiateVariableFont(TTFont(path, recalcTimestamp=False), axes)
    for record in list(font["name"].names):
        if record.nameID in (1, 3, 4, 6, 16, 25):
            font["name"].setName(
                family.replace(" ", "") if record.nameID in (3, 6, 25) else family, record.nameID, 3, 1, 0x409
            )
    data = io.BytesIO()
    font.save(data)
    return data.getvalue()


def write(face: bytes, target: Path, codes: str, features: list[str]) -> None:
    """Write the glyphs of these ranges of code points as WOFF2."""
    font = TTFont(io.BytesIO(face), recalcTimestamp=False)
    options = subset.Options(
        layout_features=features, hinting=False, name_IDs=[0, 1, 2, 3, 4, 6, 13, 14], notdef_outline=True
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(codes.replace(" ", ",")))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    main()
