"""Clusters for tests: the split on one machine, each with its own database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.local_cluster.sites import Site, running
from tests.programs import need, need_driver
from tools.local_cluster import manifests
from tools.local_cluster.cluster import Cluster
from tools.local_cluster.manifests import Manifests


@pytest.fixture(scope="session")
def rendered() -> Manifests:
    """The rendered overlay `local`."""
    need("kustomize")
    return manifests.render("local")


@pytest.fixture(scope="session")
def new_database(databases) -> Callable[[], str]:
    """Create migrated databases, so that the migration Jobs of clusters only have to apply the grants."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("the roles share a database over the network: needs MySQL or MariaDB in TEST_DATABASE_URL")
    need_driver()
    return databases.new


@pytest.fixture(scope="module")
def start_cluster(rendered, new_database, tmp_path_factory) -> Iterator[Callable[..., Cluster]]:
    """Start clusters for one module: `start_cluster(overlay=…, settings={…})`."""
    with ExitStack() as stack:

        def start(**options) -> Cluster:
            return stack.enter_context(running(tmp_path_factory.mktemp("cluster"), new_database(), **options))

        yield start


@pytest.fixture(scope="session")
def shared_site(rendered, new_database, tmp_path_factory) -> Iterator[Site]:
    """A running overlay `local` with a shell on its database."""
    folder = tmp_path_factory.mktemp("cluster")
    with running(folder, new_database()) as cluster:
        site = Site(cluster, folder / "shell.log")
        yield site
        site.close()


@pytest.fixture(scope="module")
def cluster(shared_site) -> Cluster:
    """The running overlay `local`, shared by all modules, with one pod of each role."""
    for role in shared_site.cluster.roles:
        # After a failed test there may be none or several.
        shared_site.cluster.scale(role, 1)
    return shared_site.cluster


@pytest.fixture(scope="module")
def site(cluster, shared_site) -> Site:
    """The same with content for traffic; what other modules have written is deleted."""
    shared_site.reset()
    return shared_site
