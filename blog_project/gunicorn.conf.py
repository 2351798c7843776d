# ruff: noqa: N999  (the name that gunicorn looks for)
"""How gunicorn runs a process. Every size is an environment variable; `.env.example` documents them.

`gunicorn -c blog_project/gunicorn.conf.py blog_project.asgi:application`. The settings are read here too, once and
before any worker starts, so that a wrong one stops gunicorn with its sentence instead of a worker after the other.

The arbiter, which starts and replaces the workers, loads next to nothing of Django: a pod has one worker, so what the
arbiter holds is paid for once more (`benchmarks/footprint.py`).
"""

import gc
import os
import sys
import tempfile
from pathlib import Path
from shutil import rmtree

# gunicorn runs this file by its path, and puts the folder it is started in on the path only afterwards.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")

from gunicorn import glogging

from apps.server import logs
from blog_project.settings import LOG_LEVEL, LOGGING, env


class Logger(glogging.Logger):
    """gunicorn's own, without its access lines: ours say more, and to make up what nobody reads takes its time."""

    access_log_enabled = False


_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (a folder in memory)


def _size(name: str, default: int, least: int, most: int) -> int:
    value = env.int(name, default=default)
    if not least <= value <= most:
        raise SystemExit(f"{name}={value} is out of range: set it to a whole number from {least} to {most}.")
    return value


# Where

_address = env.str("BIND", default="127.0.0.1")
_port = _size("PORT", 8000, 1, 65535)
_metrics_port = _size("METRICS_PORT", 0, 0, 65535)
bind = f"[{_address}]:{_port}" if ":" in _address else f"{_address}:{_port}"

# How many, and for how long (in seconds)

worker_class = "apps.server.gunicorn_worker.Worker"
asgi_loop = "uvloop"
asgi_lifespan = "on"
# Not its C parser, which drops what follows an answer too soon (docs/decisions/0012).
http_parser = "python"
workers = _size("WEB_CONCURRENCY", 1, 1, 256)
timeout = _size("WORKER_TIMEOUT", 30, 1, 3600)
graceful_timeout = _size("GRACEFUL_TIMEOUT", 20, 1, 3600)
# Longer than a gateway keeps an idle connection, so that it is never the gateway who writes into a closed one.
keepalive = _size("KEEPALIVE", 75, 1, 3600)
# A request whose client left leaves the queue at once; one that a thread works on is not interrupted.
asgi_disconnect_grace_period = 0

# What it leaves behind: nothing on disk, no way in, and its lines in the format of ours

worker_tmp_dir = _MEMORY
control_socket_disable = True
logger_class = Logger
loglevel = LOG_LEVEL.lower()
logconfig_dict = logs.config(LOGGING)

if _metrics_port and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Read when prometheus_client is imported, so set before any worker imports it; kept when gunicorn reloads this.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="broadsheet-metrics-", dir=_MEMORY)


def on_starting(server):
    """Refuse to start with settings that the system checks find wrong.

    They run in a process of their own, because what they load would stay in the arbiter's memory.
    """
    child = os.fork()
    if child == 0:
        os._exit(_check(server.log))
    if os.waitpid(child, 0)[1]:
        raise SystemExit("Broadsheet does not start with these settings.")


def _check(log):
    """Log what the checks find, and return the exit status that says whether the settings will do."""
    try:
        from apps.server import checks

        messages = checks.check_settings()
        for message in messages:
            log.warning("%s", message)
        return any(message.is_serious() for message in messages)
    except Exception:
        log.exception("The settings cannot be checked")
        return 1


def when_ready(server):
    """Answer scrapes of the metrics, where they have a port."""
    if _metrics_port:
        from apps.server import metrics_server

        metrics_server.serve(_address, _metrics_port)


def post_worker_init(worker):
    """Have each worker count, where somebody reads that, and look for garbage more seldom."""
    if _metrics_port:
        from apps.core import metrics

        metrics.begin()
    # What is loaded by now stays: to look through it for garbage again and again takes a sixth of the time of a hit.
    gc.collect()
    gc.freeze()
    # Nor is it worth looking for cycles as often as by default, which is several times for each page that is made.
    gc.set_threshold(10_000, 20, 20)


def child_exit(server, worker):
    """Forget what a worker that has ended said about the present."""
    if _metrics_port:
        from apps.server import metrics_server

        metrics_server.forget(worker.pid)


def on_exit(server):
    """Remove the folder of the metrics."""
    if _metrics_port:
        rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
