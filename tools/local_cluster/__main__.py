"""`make split`: the split on this machine until Ctrl-C.

python -m tools.local_cluster [DIRECTORY]      with PORT and DATABASE_URL from the environment; data and logs in var/split
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import run
from tools.local_cluster import manifests, screen
from tools.local_cluster.cluster import KEYS, ROOT, Cluster
from tools.local_cluster.manifests import ClusterError, Manifests
from tools.local_cluster.server import Server

DIRECTORY = ROOT / "var" / "split"


def main(directory: Path = DIRECTORY) -> None:
    """Run the split and show its state until interrupted; then drain it."""
    # SIGINT too: a shell starts what runs in the background with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    os.environ.setdefault("PORT", "8080")
    port = run.port_number()
    run.check_port(port, "make split")
    try:
        with locked(directory):
            serve(directory, port)
    except KeyboardInterrupt:
        run.say("Stopped.")
    except OSError as error:
        run.fail(f"Cannot use {error.filename or directory}: {error.strerror}.")
    except ClusterError as error:
        run.fail(str(error))


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Create a directory if necessary and lock it; raises ClusterError if another process has locked it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(f"The split runs already, with its data in {directory}.") from None
        yield


def serve(directory: Path, port: int) -> None:
    """Serve at a port, with logs and data in a directory; runs until an exception, such as KeyboardInterrupt."""
    rendered = manifests.render("local")
    run.say("Starting the database, the gateway and six roles; the first time takes a minute")
    with (
        database(directory, rendered) as url,
        Cluster(directory, url, port, settings=keys(directory)) as cluster,
    ):
        account = cluster.release.run("run.set_up()", cluster.admin_environment, capture_output=True).stdout
        try:
            screen.show(cluster, f"{addresses(port, directory)}\n{account}".rstrip())
        finally:
            run.say("Draining; Ctrl-C once more ends it at once")


@contextmanager
def database(directory: Path, rendered: Manifests) -> Iterator[str]:
    """Yield the URL of a database: DATABASE_URL if it is set, otherwise that of a server started here."""
    if url := os.environ.get("DATABASE_URL", ""):
        yield url
    else:
        with Server(directory / "database", rendered) as url:
            yield url


def keys(directory: Path) -> dict[str, str]:
    """Return the keys in the directory, created on the first run; those of the overlay are public."""
    return {name: _key(directory / name.lower().replace("_", "-")) for name in KEYS}


def _key(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text()


def addresses(port: int, directory: Path) -> str:
    """Return the lines with the URLs of the site and the path of the logs."""
    site = f"http://localhost:{port}"
    return (
        f"\n  Site      {site}/\n  Admin     {site}/admin/\n  API docs  {site}/api/docs/\n  Logs      {directory}/*.log"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
