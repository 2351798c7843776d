"""Broadsheet behind nginx, as `components/edge-cache` has it, and WordPress behind nginx, with and without its cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers, wordpress
from .content import Content
from .measure import Case, Rate, rates
from .pages import BROTLI, FEW

CONFIGURATION = servers.ROOT / "deploy/kustomize/components/edge-cache/nginx.conf"
# Where the component's volume is, and where both caches are here: a file is written for each page that is asked for anew.
_MEMORY = Path("/dev/shm")
CACHED, CACHED_HOME = "WordPress behind nginx's cache: random post", "WordPress behind nginx's cache: home"


def edge(content: Content, seconds: float, disturbed: list[float]) -> list[Rate]:
    """Measure FEW posts behind nginx. Raises LookupError where nginx is not installed."""
    if shutil.which("nginx") is None:
        raise LookupError("nginx is not installed (Debian: apt-get install nginx-light)")
    few = content.paths[:FEW]
    with ExitStack() as stack:
        memory = Path(stack.enter_context(TemporaryDirectory(prefix="broadsheet-bench-", dir=_MEMORY)))
        # nginx' processes, which are nobody's, keep their pages there.
        memory.chmod(0o755)
        server = stack.enter_context(_nginx_before_us(content, memory))
        compared = not wordpress.missing()
        home, post = (CACHED_HOME, CACHED) if compared else ("", "")
        cases = [
            Case("home behind nginx, brotli", server, ["/"], BROTLI, home),
            Case("random post behind nginx, brotli", server, few, BROTLI, post, wanted=1.1 if compared else 0),
            Case("random post behind nginx, identity", server, few, {}, post),
        ]
        if compared:
            site = stack.enter_context(wordpress.serving(content, few, memory))
            cases += [
                Case(CACHED_HOME, site.cached, ["/"], BROTLI),
                Case(CACHED, site.cached, few, BROTLI),
                Case("WordPress: home", site.uncached, ["/"], BROTLI),
                Case("WordPress: random post", site.uncached, few, BROTLI),
            ]
        for case in cases[:5]:
            servers.ask_all(case.server.url, case.lines, case.headers)
        return rates(cases, seconds=seconds, disturbed=disturbed)


@contextmanager
def _nginx_before_us(content: Content, memory: Path) -> Iterator[servers.Server]:
    """Serve Broadsheet behind nginx, both on the servers' core, and give nginx."""
    port, status, behind = (servers.free_port() for _port in range(3))
    folder = memory / "nginx"
    folder.mkdir()
    text = CONFIGURATION.read_text()
    for ours, here in {
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "listen 8081;": f"listen 127.0.0.1:{status};",
        "/tmp/": f"{folder}/",
        "access_log /dev/stderr own buffer=32k flush=1s if=$is_own;": "access_log off;",
    }.items():
        if ours not in text:
            raise RuntimeError(f"{CONFIGURATION} no longer says “{ours}”")
        text = text.replace(ours, here)
    file = folder / "nginx.conf"
    file.write_text(text if "daemon off;" in text else f"daemon off;\n{text}")
    # The site's address is nginx', as the public one is that of the first in the row. Access lines nobody writes here.
    extra = {"ACCESS_LOG": "0", "PORT": str(behind), "SITE_URL": f"http://127.0.0.1:{port}"}
    with (
        servers.broadsheet(content.url, content.directory, **extra) as process,
        servers.running(nginx(file), port, content.directory, behind=(process,)) as server,
    ):
        yield server


def nginx(configuration: Path) -> list[str]:
    """Return the command that runs nginx; that it stays in the foreground, the configuration says."""
    return ["nginx", "-c", str(configuration), "-p", str(configuration.parent)]
