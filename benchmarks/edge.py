"""Broadsheet behind nginx configured as in `components/edge-cache`, and WordPress with and without nginx's cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers, wordpress
from .content import Content
from .measure import Case, Rate, rates
from .pages import BROTLI, SAMPLE_SIZE

CONFIGURATION = servers.ROOT / "deploy/kustomize/components/edge-cache/nginx.conf"
# In memory, as the component's volume is: the caches write a file for each page that they fetch.
_MEMORY = Path("/dev/shm")
CACHED, CACHED_HOME = "WordPress behind nginx's cache: random post", "WordPress behind nginx's cache: home"


def edge(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure SAMPLE_SIZE posts behind nginx. Raises LookupError if nginx is not installed."""
    if shutil.which("nginx") is None:
        raise LookupError("nginx is not installed (Debian: apt-get install nginx-light)")
    sample = content.paths[:SAMPLE_SIZE]
    with ExitStack() as stack:
        memory = Path(stack.enter_context(TemporaryDirectory(prefix="broadsheet-bench-", dir=_MEMORY)))
        # nginx's processes, which run as nobody, store their pages there.
        memory.chmod(0o755)
        server = stack.enter_context(_broadsheet_behind_nginx(content, memory))
        has_wordpress = not wordpress.missing()
        home, post = (CACHED_HOME, CACHED) if has_wordpress else ("", "")
        cases = [
            Case("home behind nginx, brotli", server, ["/"], BROTLI, baseline=home),
            Case(
                "random post behind nginx, brotli",
                server,
                sample,
                BROTLI,
                baseline=post,
                min_ratio=1.1 if has_wordpress else 0,
            ),
            Case("random post behind nginx, identity", server, sample, {}, baseline=post),
        ]
        if has_wordpress:
            site = stack.enter_context(wordpress.serving(content, sample, memory))
            cases += [
                Case(CACHED_HOME, site.cached, ["/"], BROTLI),
                Case(CACHED, site.cached, sample, BROTLI),
                Case("WordPress: home", site.uncached, ["/"], BROTLI),
                Case("WordPress: random post", site.uncached, sample, BROTLI),
            ]
        for case in cases[:5]:
            servers.get_all(case.server.url, case.lines, case.headers)
        return rates(cases, seconds=seconds, other_load=other_load)


@contextmanager
def _broadsheet_behind_nginx(content: Content, memory: Path) -> Iterator[servers.Server]:
    """Serve Broadsheet behind nginx, both on the servers' core, and yield nginx."""
    port, status, backend_port = (servers.free_port() for _port in range(3))
    folder = memory / "nginx"
    folder.mkdir()
    text = CONFIGURATION.read_text()
    for original, replacement in {
        "127.0.0.1:8000": f"127.0.0.1:{backend_port}",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "listen 8081;": f"listen 127.0.0.1:{status};",
        "/tmp/": f"{folder}/",
        "access_log /dev/stderr own buffer=32k flush=1s if=$is_own;": "access_log off;",
    }.items():
        if original not in text:
            raise RuntimeError(f"{CONFIGURATION} no longer contains “{original}”")
        text = text.replace(original, replacement)
    file = folder / "nginx.conf"
    file.write_text(text if "daemon off;" in text else f"daemon off;\n{text}")
    # SITE_URL is the address of nginx, as in production it is that of the outermost proxy. Nothing writes access lines.
    extra = {"ACCESS_LOG": "0", "PORT": str(backend_port), "SITE_URL": f"http://127.0.0.1:{port}"}
    with (
        servers.broadsheet(content.url, content.directory, **extra) as process,
        servers.run_server(nginx(file), port, content.directory, backends=(process,)) as server,
    ):
        yield server


def nginx(configuration: Path) -> list[str]:
    """Return the command that runs nginx; `daemon off` in the configuration keeps it in the foreground."""
    return ["nginx", "-c", str(configuration), "-p", str(configuration.parent)]
