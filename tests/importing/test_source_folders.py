"""Every file that an importer opens is opened by `SourceFolders`, which opens none outside of the folders it was given."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from apps.importing.source_folders import DATA_LIMIT, LeadsOut, SourceFolders, TooLarge

APPS = Path(__file__).resolve().parents[2] / "apps"
OPENERS = {
    "open",
    "read_text",
    "read_bytes",
    "iterdir",
    "glob",
    "rglob",
    "scandir",
    "listdir",
    "walk",
    "is_file",
    "is_dir",
    "exists",
}
THE_NAMED_FILE = {
    "importing/source_folders.py": "the one place",
    "importing/wxr_file.py": "the export that was named, and the members of its archive, which are no paths",
    "importing/wxr_items.py": "the same",
    "importing/ghost.py": "the export that was named",
    "importing/exporter.py": "writes",
    "importing/management/commands/export_markdown.py": "writes",
    "importing/command.py": "checks the files and the folder that were named",
    "static_sites/management/commands/import_markdown.py": "the same",
    "static_sites/site.py": "whether the configuration that was named is a folder",
}
"""The modules that may use paths themselves, and for what."""


@pytest.fixture
def inside(tmp_path):
    """A folder beside another one, `outside`, with a file in each."""
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    return tmp_path / "inside"


def calls(path: Path) -> set[str]:
    """Return which functions of OPENERS a module calls on a path. Querysets have `exists`, too, and are no paths."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENERS:
            receiver = ast.unparse(node.func.value)
            if not receiver.endswith(("sources", "default_storage")) and ".filter(" not in receiver:
                found.add(f"{receiver}.{node.func.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            found.add("open")
    return found


def test_no_other_module_of_the_importers_opens_a_path():
    modules = [path for room in ("importing", "static_sites") for path in (APPS / room).rglob("*.py")]
    found = {path.relative_to(APPS).as_posix(): calls(path) for path in modules}
    found = {name: names for name, names in found.items() if names and name not in THE_NAMED_FILE}
    assert found == {}


@pytest.mark.parametrize(
    "make",
    [
        lambda inside: (inside / "link").symlink_to("../outside/file"),
        lambda inside: (inside / "link").symlink_to(inside.parent / "outside" / "file"),
        lambda inside: [(inside / "hop").symlink_to("../outside"), (inside / "link").symlink_to("hop/file")],
        lambda inside: (inside / "link").symlink_to("/dev/zero"),
        lambda inside: (inside / "link").symlink_to("/proc/self/environ"),
    ],
)
def test_a_link_that_leads_out_is_not_opened_and_is_named(inside, make):
    make(inside)
    sources = SourceFolders(inside)
    assert sources.file(inside / "link") is None
    with pytest.raises(LeadsOut):
        sources.open(inside / "link")
    assert inside / "link" in sources.links_out


@pytest.mark.parametrize("name", ["../outside/file", "a/../../outside/file", "/etc/hostname", "a\0b", "x" * 300])
def test_a_path_that_leads_out_or_cannot_be_is_no_file_and_no_link(inside, name):
    sources = SourceFolders(inside)
    assert sources.file(inside / name) is None
    assert sources.folder(inside / name) is None
    assert not sources.links_out


def test_a_linked_folder_that_leads_out_has_no_children(inside):
    (inside / "linked").symlink_to("../outside")
    sources = SourceFolders(inside)
    assert sources.folder(inside / "linked") is None
    assert sources.children(inside / "linked") == []
    assert sources.file(inside / "linked" / "file") is None
    assert list(sources.links_out) == [inside / "linked"]


def test_links_within_are_followed(inside):
    (inside / "folder").mkdir()
    (inside / "folder" / "b").write_text("b")
    (inside / "linked").symlink_to("folder")
    sources = SourceFolders(inside)
    assert sources.read_text(inside / "linked" / "b") == "b"
    assert sources.children(inside / "linked") == [inside / "linked" / "b"]
    assert not sources.links_out


def test_circles_of_links_end_and_each_folder_is_read_once(inside):
    (inside / "a" / "b").mkdir(parents=True)
    (inside / "a" / "b" / "deep").write_text("")
    (inside / "a" / "b" / "up").symlink_to("../..")
    (inside / "again").symlink_to("a")
    (inside / "self").symlink_to("self")
    (inside / "one").symlink_to("two")
    (inside / "two").symlink_to("one")
    sources = SourceFolders(inside)
    found = [path.relative_to(inside).as_posix() for path in sources.walk(inside, lambda name: False)]
    assert [name for name in found if sources.file(inside / name)] == ["file", "a/b/deep"]
    assert not sources.links_out


def test_a_linked_folder_is_read_after_all_others(inside):
    (inside / "hidden").mkdir()
    (inside / "hidden" / "x").write_text("")
    (inside / "a-link").symlink_to("hidden")
    found = list(SourceFolders(inside).walk(inside, lambda name: name == "hidden"))
    assert found == [inside / "file", inside / "a-link" / "x"]


def test_a_pipe_is_no_file(inside):
    os.mkfifo(inside / "pipe")
    assert SourceFolders(inside).file(inside / "pipe") is None


def test_the_folder_itself_may_be_a_link(inside, tmp_path):
    (tmp_path / "name").symlink_to(inside)
    sources = SourceFolders(tmp_path / "name")
    assert sources.read_text(tmp_path / "name" / "file") == "inside"
    assert not sources.links_out


def test_a_large_file_is_read_no_further_than_its_limit(inside):
    with (inside / "large").open("wb") as file:
        file.truncate(DATA_LIMIT + 1)
    with pytest.raises(TooLarge, match="more than 10,000,000 bytes"):
        SourceFolders(inside).read(inside / "large")
