"""A split site with content in it, for tests that break or replace its parts."""

from __future__ import annotations

from typing import NamedTuple, Self

from deploy.split.cluster import Cluster
from tests.split import load


class Site(NamedTuple):
    """A running cluster, a token of an editor, and the generation of its content as it was seeded."""

    cluster: Cluster
    token: str
    generation: int

    @classmethod
    def seeded(cls, cluster: Cluster) -> Self:
        """Write into an empty site what traffic reads."""
        generation, token = cluster.manage("shell", "--no-imports", "-c", load.SEED).stdout.splitlines()[-2:]
        return cls(cluster, token, int(generation))

    def traffic(self, **options) -> load.Traffic:
        """Return traffic on it, to be started by `with`."""
        return load.Traffic(self.cluster.url, self.token, **options)

    def shell(self, code: str) -> str:
        """Run Python on its database and return what it printed."""
        return self.cluster.manage("shell", "--no-imports", "-c", code).stdout
