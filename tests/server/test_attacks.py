"""Many hostile clients at once: the memory of a pod suffices, and others are served meanwhile."""

from __future__ import annotations

import re

import pytest

from tests.manifests.manifests import KUSTOMIZE
from tests.server import attackers
from tests.server.attackers import Attacker, Memory, attacking
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.slow]

NUMBER = 200
FORM = "application/x-www-form-urlencoded"


def of_many_addresses(made: list[Attacker]) -> list[Attacker]:
    """Let each client come from an address of its own."""
    for number, attacker in enumerate(made):
        attacker.add_header(f"X-Forwarded-For: 192.0.2.{number}")
    return made


ATTACKS = {
    "bodies that nobody takes": lambda: [attackers.flood("/") for _ in range(60)],
    "forms": lambda: [attackers.flood("/admin/login/", kind=FORM) for _ in range(60)],
    "JSON": lambda: [attackers.flood("/api/v1/posts/", size=1_000_000, kind="application/json") for _ in range(100)],
    "images": lambda: [attackers.flood("/api/v1/images/", size=20_000_000) for _ in range(10)],
    "slow clients": lambda: [
        *(attackers.slow_body("/api/v1/posts/") for _ in range(NUMBER // 4)),
        *(attackers.slow_body("/") for _ in range(NUMBER // 4)),
        *(attackers.endless_head() for _ in range(NUMBER // 4)),
        *(attackers.silent() for _ in range(NUMBER // 4)),
    ],
}


def memory_limit() -> int:
    """Return the bytes that a pod may take."""
    text = (KUSTOMIZE / "workload" / "deployment.yaml").read_text()
    return int(re.search(r"limits: \{memory: (\d+)Mi\}", text)[1]) * 2**20


@pytest.fixture(scope="module")
def blog(serve):
    """The monolith behind a proxy that nobody sees: clients choose the address that they come from."""
    # MALLOC_ARENA_MAX as in the image: the limit of memory is that of a pod.
    server = serve(TRUSTED_PROXIES="1", HTTPS="0", MALLOC_ARENA_MAX="2")
    client = Client(server.url)
    for path in ("/", "/admin/login/", "/api/v1/posts/"):
        client.get(path)
    return server


def others_are_served(blog, times: int) -> None:
    """Make requests one after the other; the timeout of the client is the only limit."""
    client = Client(blog.url)
    for number in range(times):
        # A cached page, and one that a thread has to make.
        assert client.request("GET", "/")[0].status == 200
        assert client.request("GET", f"/nothing-{number}/")[0].status == 404


@pytest.mark.heavy
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_memory_of_a_pod_suffices_and_others_are_served(blog, attack):
    memory = Memory(blog.process.pid)
    with memory.watched(), attacking(Client(blog.url).address, of_many_addresses(ATTACKS[attack]()), pause=0.05):
        others_are_served(blog, 40)
    # The page cache may become so large besides.
    assert memory.peak + 64 * 2**20 < memory_limit()


def test_half_open_connections_are_no_more_than_a_setting_says(blog):
    made = [attackers.silent() for _ in range(1100)]
    with attacking(Client(blog.url).address, made):
        others_are_served(blog, 10)
    children = Memory(blog.process.pid).pids
    wait_for(lambda: all(attackers.open_files(pid) < 600 for pid in children), "the connections to be closed")


@pytest.mark.heavy
def test_a_minute_of_all_of_it(blog):
    made = of_many_addresses([attacker for attack in ATTACKS.values() for attacker in attack()])
    memory = Memory(blog.process.pid)
    with memory.watched(), attacking(Client(blog.url).address, made, pause=0.05):
        longest = attackers.slowest(lambda: others_are_served(blog, 1), seconds=60)
    print(f"peak {memory.peak / 2**20:.0f} MiB, slowest pair of requests {longest:.2f} s")
    assert memory.peak + 64 * 2**20 < memory_limit()
