"""Containers of the built image, as a cluster runs them: read-only, without capabilities, as an unnamed user.

`.ci/image` builds the image and sets IMAGE; IMAGE_DATABASE_URL is an empty database on this machine's loopback.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from uuid import uuid4

import pytest

from blog_project.roles import ALL, Role
from tests.server.clients import wait_for
from tests.servers import free_port

IMAGE = os.environ.get("IMAGE", "")
pytestmark = pytest.mark.skipif(not IMAGE, reason="IMAGE names no image; .ci/image builds one and runs these tests")

SECRETS = {
    "SECRET_KEY": "Only-for-these-tests.Xq7vN2mK9pL4sD8fG1hJ5kZ3cV6bW0rT",
    "DATABASE_URL": os.environ.get("IMAGE_DATABASE_URL", ""),
}
SITE = {"SITE_URL": "http://localhost", "ALLOWED_HOSTS": "localhost", "HTTPS": "0"}
RESTRICTED = (
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp:mode=1777"),
    *("--cap-drop=all", "--security-opt=no-new-privileges"),
)
OWNED = {
    ALL: ("GET", "/", 200),
    Role.CREATE: ("POST", "/api/v1/posts/", 401),
    Role.READ: ("GET", "/api/v1/posts/", 200),
    Role.UPDATE: ("PATCH", "/api/v1/posts/1/", 401),
    Role.DELETE: ("DELETE", "/api/v1/posts/1/", 401),
    Role.FRONTEND: ("GET", "/", 200),
    Role.ADMIN: ("GET", "/admin/login/", 200),
}
"""A request that each role serves, with the expected status."""


def podman(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run podman; raises AssertionError with its output if it fails."""
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, f"podman {arguments[0]}: {done.stdout}{done.stderr}"
    return done


def run(*command: str, settings: dict[str, str], flags: tuple[str, ...] = RESTRICTED, check: bool = True):
    """Run a command in a new container and wait for it."""
    environment = [f"--env={name}={value}" for name, value in settings.items()]
    return podman(
        "run", "--rm", "--no-healthcheck", "--network=host", *flags, *environment, IMAGE, *command, check=check
    )


def shell_output(script: str, *flags: str) -> str:
    """Return the output of a shell script in a new container without settings."""
    return run("sh", "-c", script, settings={}, flags=flags).stdout.strip()


@dataclass
class Container:
    """A running container with its ports."""

    role: str
    name: str
    port: int
    metrics_port: int

    def request(self, method: str, path: str, port: int = 0) -> tuple[HTTPResponse, bytes]:
        """Send a request and return the response and its body."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        connection.request(method, path, headers={"Host": "localhost", "Content-Type": "application/json"})
        response = connection.getresponse()
        return response, response.read()

    def shell(self, script: str) -> str:
        """Return the output of a shell script in the container."""
        return podman("exec", self.name, "sh", "-c", script).stdout.strip()

    def log(self) -> str:
        """Return the container's log."""
        done = podman("logs", self.name)
        return done.stdout + done.stderr

    def wait_until_ready(self) -> None:
        """Wait until /readyz answers 200; fail with the end of the log if it does not."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/readyz")[0].status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"ROLE={self.role} did not become ready:\n{self.log()[-4000:]}")

    def stop(self) -> int:
        """Send SIGTERM, then SIGKILL after a pod's 45 seconds; return the exit status."""
        podman("stop", "--time=45", self.name)
        return int(podman("inspect", "--format={{.State.ExitCode}}", self.name).stdout)


def start(role: str) -> Container:
    """Start a container of a role and wait until it is ready."""
    made = Container(role, f"broadsheet-test-{uuid4().hex[:12]}", free_port(), free_port())
    settings = SECRETS | SITE | {"ROLE": role, "BIND": "127.0.0.1"}
    settings |= {"PORT": str(made.port), "METRICS_PORT": str(made.metrics_port)}
    environment = [f"--env={name}={value}" for name, value in settings.items()]
    flags = ["--detach", f"--name={made.name}", "--no-healthcheck", "--network=host", *RESTRICTED, *environment]
    podman("run", *flags, IMAGE)
    try:
        made.wait_until_ready()
    except BaseException:
        remove(made)
        raise
    return made


def remove(container: Container) -> None:
    """Remove a container, running or not."""
    podman("rm", "--force", "--time=1", container.name)


@pytest.fixture(scope="module", autouse=True)
def migrated() -> None:
    """Migrate the database from the image, as a cluster's Job does."""
    run("python", "manage.py", "migrate", "--noinput", settings=SECRETS | SITE | {"ROLE": ALL})


@pytest.fixture(scope="module", params=OWNED)
def container(request, migrated) -> Iterator[Container]:
    """A container of each role in turn."""
    made = start(request.param)
    yield made
    remove(made)


@pytest.fixture(scope="module")
def configuration() -> dict:
    """The metadata of the image."""
    return json.loads(podman("image", "inspect", IMAGE).stdout)[0]


# A container of each role


def test_a_container_serves_the_requests_of_its_role(container):
    method, path, status = OWNED[container.role]
    response, body = container.request(method, path)
    assert (response.status, bool(body)) == (status, True), container.log()[-2000:]


def test_the_health_check_of_the_image_detects_a_running_server(container, configuration):
    check = configuration["Healthcheck"]["Test"][1:]
    assert podman("exec", container.name, *check, check=False).returncode == 0
    assert podman("exec", f"--env=PORT={free_port()}", container.name, *check, check=False).returncode != 0


def test_metrics_are_served_on_a_separate_port(container):
    container.request(*OWNED[container.role][:2])
    port, counted = container.metrics_port, b"http_request_duration_seconds"
    wait_for(lambda: counted in container.request("GET", "/metrics", port)[1], "the request to be counted")


def test_processes_have_no_privileges_and_cannot_gain_any(container):
    for state in container.shell("cat /proc/[0-9]*/status").split("Name:")[1:]:
        fields = dict(line.split(":", 1) for line in state.splitlines()[1:])
        assert set(fields["Uid"].split() + fields["Gid"].split()) == {"10001"}
        assert int(fields["CapBnd"], 16) == int(fields["CapEff"], 16) == 0
        assert fields["NoNewPrivs"].strip() == "1"


def test_only_tmp_is_writable(container):
    # find fails for folders that only root may read.
    assert container.shell("find / -xdev -writable -not -type l 2>/dev/null || true") == "/tmp"
    assert container.shell("touch /tmp/x && rm /tmp/x && echo yes") == "yes"
    assert container.shell("touch /srv/broadsheet/x 2>/dev/null || echo no") == "no"


def test_a_container_knows_its_release(container, configuration):
    release = IMAGE.rpartition(":")[2]
    assert container.shell("echo $RELEASE") == release
    assert configuration["Labels"]["org.opencontainers.image.version"] == release


def test_log_lines_are_json_with_the_role(container):
    container.request(*OWNED[container.role][:2])
    lines = [json.loads(line) for line in container.log().splitlines()]
    assert lines
    assert {line["role"] for line in lines} == {container.role}


def test_the_command_of_the_init_container_succeeds(container):
    settings = SECRETS | SITE | {"ROLE": container.role}
    assert run("python", "manage.py", "migrate", "--check", settings=settings).returncode == 0


def test_a_container_stops_on_sigterm(container):
    # The last test of a container, because it stops it.
    assert container.stop() == 0, container.log()[-2000:]


# One command


@pytest.mark.parametrize("missing", ["ROLE", "SECRET_KEY"])
def test_a_container_does_not_start_without_a_required_variable(missing):
    settings = SECRETS | SITE | {"ROLE": ALL}
    del settings[missing]
    stopped = run(settings=settings, check=False)
    assert stopped.returncode != 0
    assert f"{missing} is not set" in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_production_settings_pass_the_deployment_checks():
    settings = SECRETS | {"SITE_URL": "https://blog.example.org", "ALLOWED_HOSTS": "blog.example.org", "ROLE": ALL}
    # Images have to be stored outside of the container, which is deleted with its pod.
    settings |= {"MEDIA_BUCKET": "images", "MEDIA_URL": "https://images.example.org/"}
    checked = run("python", "manage.py", "check", "--deploy", "--fail-level=WARNING", settings=settings, check=False)
    assert checked.returncode == 0, checked.stderr


def test_gunicorn_runs_without_shared_memory():
    settings = SECRETS | SITE | {"ROLE": ALL, "METRICS_PORT": str(free_port())}
    command = ["gunicorn", "--check-config", "--config=blog_project/gunicorn.conf.py", "blog_project.asgi:application"]
    assert run(*command, settings=settings, flags=(*RESTRICTED, "--ipc=none")).returncode == 0


# The image


def test_the_user_owns_no_file_of_the_image():
    # /tmp and the like are world-writable, as in every Debian.
    found = shell_output(
        "find / -xdev \\( -user 10001 -o -writable \\) -not -type l -not -path '/dev/*' 2>/dev/null || true"
    )
    assert not re.findall(r"^/(?!tmp$|var/tmp$|run/lock$|proc/|sys/).+", found, re.MULTILINE)


def test_the_image_has_no_build_tools():
    assert shell_output("for tool in cc gcc c++ make ld pkg-config git; do command -v $tool; done; true") == ""
    assert shell_output("find / -xdev \\( -name Python.h -o -name mysql.h \\) 2>/dev/null || true") == ""


def test_the_image_contains_only_the_blog():
    assert set(shell_output("ls -A /srv/broadsheet").split()) == {"apps", "blog_project", "manage.py"}
    unwanted = "-name .env -o -name .git -o -name pip.conf -o -name ca.pem -o -path '*/.cache/pip' -o -name '*.sqlite3'"
    assert shell_output(f"find / -xdev \\( {unwanted} \\) 2>/dev/null || true") == ""
    left = shell_output(
        "find /var/lib/apt/lists /var/cache /var/log /run/secrets -type f 2>/dev/null || true", "--user=0"
    )
    assert left == ""


def test_static_files_are_hashed_and_compressed():
    files = json.loads(shell_output("cat /srv/static/staticfiles.json"))["paths"]
    made = set(shell_output("cd /srv/static && find . -type f -printf '%P\\n'").splitlines())
    assert made >= set(files.values())
    sheet = files["editor/admin.css"]
    assert re.fullmatch(r"editor/admin\.[0-9a-f]{12}\.css", sheet)
    assert {f"{sheet}.gz", f"{sheet}.br"} <= made


def test_all_modules_are_compiled_to_bytecode():
    files = shell_output(
        "cd / && find srv/broadsheet/*/ opt/broadsheet/lib -name '*.py*' -printf '%h %f\\n'"
    ).splitlines()
    places = [tuple(line.split()) for line in files]
    compiled = {(folder.removesuffix("/__pycache__"), name.split(".")[0]) for folder, name in places if name[-1] == "c"}
    sources = {(folder, name.removesuffix(".py")) for folder, name in places if name.endswith(".py")}
    assert sources
    # gunicorn reads its configuration by its path, not as a module.
    assert {place for place in sources - compiled if "." not in place[1]} == set()


def test_no_layer_and_no_variable_contains_a_secret(configuration):
    history = podman("history", "--no-trunc", "--format={{.CreatedBy}}", IMAGE).stdout
    environment = dict(entry.split("=", 1) for entry in configuration["Config"]["Env"])
    assert not {name for name in environment if re.search("KEY|SECRET|PASSWORD|TOKEN|URL|PIP_|PROXY", name, re.I)}
    assert re.findall(r"SECRET_KEY=(\S+)", history) in ([], ['"$(python3'])
    assert not re.search(r"://(?!:memory:)\S+:\S+@", history)


def test_labels_name_the_title_revision_and_creation_time(configuration):
    labels = configuration["Labels"]
    assert labels["org.opencontainers.image.title"] == "Broadsheet"
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["org.opencontainers.image.revision"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+", labels["org.opencontainers.image.created"])
