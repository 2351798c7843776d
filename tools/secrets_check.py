"""Look for passwords, keys and tokens in all files that git tracks, with detect-secrets.

    tools/secrets_check.py             the files as they are
    tools/secrets_check.py --history   also every version of every file that the current commit's history has

Prints where it finds one, without its value, and exits with 1. What is found and is no secret has a line in `EXCEPTIONS`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings, get_plugins

ROOT = Path(__file__).resolve().parent.parent


class Allowed(NamedTuple):
    """Findings that are no secrets."""

    files: str
    """A pattern of paths."""
    kinds: str
    """A regular expression of the kinds of secrets, as detect-secrets calls them."""
    values: str
    """A regular expression of the values."""
    reason: str


WORDS = "Secret Keyword|Basic Auth Credentials"
EXCEPTIONS = [
    Allowed("tests/*", WORDS, ".*", "tests make up users and servers; tokens and private keys are found there too"),
    Allowed("tests/server/test_checks.py", "Base64 High Entropy String", "Zq3n-.*", "a key that a check has to accept"),
    Allowed("*", "Basic Auth Credentials", "password|secret", "stands for a password in an example of an address"),
    Allowed("docs/*", "Basic Auth Credentials", "%s", "a command puts the password there"),
    Allowed("docs/*", "Secret Keyword", "[A-Z_]+|.*`.*", "prose that names settings, in backquotes"),
    Allowed("tools/fonts.py", "Hex High Entropy String", "[0-9a-f]{128}", "the digest of an archive"),
    Allowed("benchmarks/*", "Secret Keyword", "of-a-benchmark-alone-?", "a key of a server that runs for minutes"),
]

FORMER_EXCEPTIONS = [
    Allowed("tests/*", "Base64 High Entropy String", "Zq3n-.*", "the key of that check, where its test was before"),
    Allowed("tools/secrets_check.py", "Secret Keyword", "Secret Keyword.*", "names of kinds"),
    Allowed("scripts/test.sh", "Basic Auth Credentials", "tests", "of a server that ended with the script"),
]
"""The same, for what is only in the history."""


class Finding(NamedTuple):
    """What looks like a secret."""

    file: str
    line: int
    kind: str
    value: str

    def is_allowed_by(self, allowed: Allowed) -> bool:
        """Return whether an exception covers this."""
        return (
            fnmatchcase(self.file, allowed.files)
            and bool(re.fullmatch(allowed.kinds, self.kind))
            and bool(re.fullmatch(allowed.values, self.value))
        )


def problems(*, history: bool = False) -> list[str]:
    """Return a line for each secret in the repository, and for each exception that covers nothing."""
    found = list(_findings(_tracked()))
    unused = [allowed for allowed in EXCEPTIONS if not any(one.is_allowed_by(allowed) for one in found)]
    exceptions = EXCEPTIONS + (FORMER_EXCEPTIONS if history else [])
    if history:
        with tempfile.TemporaryDirectory() as folder:
            found += _findings(_former_versions(Path(folder)))
    secrets = [one for one in found if not any(one.is_allowed_by(allowed) for allowed in exceptions)]
    return sorted({f"{one.file}:{one.line}: {one.kind}" for one in secrets}) + [
        f"EXCEPTIONS has a line for {allowed.files} ({allowed.reason}) that covers nothing" for allowed in unused
    ]


def _findings(files: Iterator[tuple[str, Path]]) -> Iterator[Finding]:
    """Yield what looks like a secret in files, given by their names in the repository and their paths."""
    with default_settings():
        for name, path in files:
            if not _may_contain_secrets(path):
                continue
            found = SecretsCollection()
            found.scan_file(str(path))
            for _path, secret in found:
                yield Finding(name, secret.line_number, secret.type, secret.secret_value or "")


def _may_contain_secrets(path: Path) -> bool:
    """Return whether any plugin finds something in the file as one text: a fifth of the work of reading it by lines."""
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return False
    return any(plugin.analyze_line(filename=str(path), line=text, line_number=1) for plugin in get_plugins())


def _tracked() -> Iterator[tuple[str, Path]]:
    for name in _git("ls-files", "-z").decode().rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            yield name, ROOT / name


def _former_versions(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write every version of every file in the history to a folder, one after the other."""
    listed = _git("rev-list", "--objects", "--filter=object:type=blob", "--filter-provided-objects", "HEAD").decode()
    names = dict(line.split(" ", 1) for line in listed.splitlines())
    contents = _git("cat-file", "--batch", text="\n".join(names))
    position = 0
    for name in names.values():
        start = contents.index(b"\n", position) + 1
        end = start + int(contents[position:start].split()[2])
        position = end + 1
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[start:end])
        yield name, path
        path.unlink()


def _git(*words: str, text: str = "") -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, input=text.encode(), check=True, capture_output=True).stdout


if __name__ == "__main__":
    for problem in (found := problems(history="--history" in sys.argv[1:])):
        print(problem)
    sys.exit(bool(found))
