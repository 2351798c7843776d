# ruff: noqa: N999  (the name that gunicorn looks for)
"""gunicorn's configuration. Every number is an environment variable; `.env.example` documents them.

`gunicorn -c blog_project/gunicorn.conf.py blog_project.asgi:application`. The settings are read here too, before any
worker starts, so that an invalid one stops gunicorn with a message instead of one worker after the other.

The arbiter, which starts and replaces the workers, loads almost nothing of Django: a pod has one worker, so each module
in the arbiter would take its memory twice (`benchmarks/footprint.py`).
"""

import gc
import os
import sys
import tempfile
from pathlib import Path
from shutil import rmtree

# gunicorn executes this file before it adds its working directory to `sys.path`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")

from gunicorn import glogging

from apps.server import logs
from blog_project.settings import LOG_LEVEL, LOGGING, env


class Logger(glogging.Logger):
    """gunicorn's logger without access logs: the application writes better ones, and formatting them takes time."""

    access_log_enabled = False


_MEMORY_DIR = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (a folder in memory)


def _size(name: str, default: int, least: int, most: int) -> int:
    value = env.int(name, default=default)
    if not least <= value <= most:
        raise SystemExit(f"{name}={value} is out of range: set it to a whole number from {least} to {most}.")
    return value


# Addresses

_address = env.str("BIND", default="127.0.0.1")
_port = _size("PORT", 8000, 1, 65535)
_metrics_port = _size("METRICS_PORT", 0, 0, 65535)
bind = f"[{_address}]:{_port}" if ":" in _address else f"{_address}:{_port}"

# Workers, and timeouts in seconds

worker_class = "apps.server.gunicorn_worker.Worker"
asgi_loop = "uvloop"
asgi_lifespan = "on"
# The C parser drops data that follows an early response (docs/decisions/0012).
http_parser = "python"
workers = _size("WEB_CONCURRENCY", 1, 1, 256)
timeout = _size("WORKER_TIMEOUT", 30, 1, 3600)
graceful_timeout = _size("GRACEFUL_TIMEOUT", 20, 1, 3600)
# Longer than a gateway keeps an idle connection, so that the gateway never writes to a closed connection.
keepalive = _size("KEEPALIVE", 75, 1, 3600)
# A queued request is dropped when its client disconnects; a request in a thread is not interrupted.
asgi_disconnect_grace_period = 0

# No files on disk, no control socket, and logs in our format

worker_tmp_dir = _MEMORY_DIR
control_socket_disable = True
logger_class = Logger
loglevel = LOG_LEVEL.lower()
logconfig_dict = logs.config(LOGGING)

if _metrics_port and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # prometheus_client reads it on import, so it is set before a worker starts. A reload of this file keeps it.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="broadsheet-metrics-", dir=_MEMORY_DIR)


def on_starting(server):
    """Stop with SystemExit if the system checks find serious faults in the settings.

    The checks run in a child process, because the modules that they load would stay in the arbiter's memory.
    """
    child = os.fork()
    if child == 0:
        os._exit(_check(server.log))
    if os.waitpid(child, 0)[1]:
        raise SystemExit("Broadsheet does not start with these settings.")


def _check(log):
    """Log the messages of the checks, and return the exit status: whether a message is serious."""
    try:
        from apps.server import checks

        messages = [*checks.check_settings(), *checks.check_sessions()]
        for message in messages:
            log.warning("%s", message)
        return any(message.is_serious() for message in messages)
    except Exception:
        log.exception("The settings cannot be checked")
        return 1


def when_ready(server):
    """Serve the metrics, if they have a port."""
    if _metrics_port:
        from apps.server import metrics_server

        metrics_server.serve(_address, _metrics_port)


def post_fork(server, worker):
    """Turn garbage collection off while a worker loads the application: a sixth of that time would go to it."""
    gc.disable()


def post_worker_init(worker):
    """Start the metrics of a worker, if they have a port, and reduce garbage collection."""
    if _metrics_port:
        from apps.core import metrics

        metrics.start()
    # Loaded modules are never freed, and scanning them for garbage takes a sixth of the time of a cached page.
    gc.collect()
    gc.freeze()
    # With the default thresholds the collector would run several times for each rendered page.
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


def child_exit(server, worker):
    """Remove the gauges of a worker that has exited."""
    if _metrics_port:
        from apps.server import metrics_server

        metrics_server.drop_worker(worker.pid)


def on_exit(server):
    """Remove the directory of the metrics."""
    if _metrics_port:
        rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
