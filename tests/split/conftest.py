"""Clusters for tests: the split on one machine, each on a database of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from deploy.split import manifests
from deploy.split.cluster import Cluster
from deploy.split.database import Database
from deploy.split.manifests import Manifests, NoRenderer
from tests.split.sites import Site


@pytest.fixture(scope="session")
def rendered() -> Manifests:
    """What the overlay `local` renders. Without Kustomize the test skips; in CI it fails."""
    try:
        return manifests.render("local")
    except NoRenderer as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


@pytest.fixture(scope="module")
def new_database() -> Iterator[Callable[[], str]]:
    """Name databases that do not exist yet; what was made of them is dropped in the end."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server.startswith("mysql"):
        pytest.skip("the roles share a database over the network: needs MySQL or MariaDB in TEST_DATABASE_URL")
    named = []

    def name() -> str:
        named.append(Database(urlsplit(server)._replace(path=f"/split_{uuid4().hex[:8]}").geturl()))
        return named[-1].url

    yield name
    for database in named:
        database.execute(f"DROP DATABASE IF EXISTS `{database.name}`")


@pytest.fixture(scope="module")
def start_cluster(rendered, new_database, tmp_path_factory) -> Iterator[Callable[..., Cluster]]:
    """Start clusters: `start_cluster(overlay=…, settings={…})`."""
    with ExitStack() as stack:

        def start(**options) -> Cluster:
            # One address asks for all that a site's readers would.
            options["settings"] = {"API_TOKEN_RATES": "", "API_ADDRESS_RATES": "", **options.get("settings", {})}
            return stack.enter_context(Cluster(tmp_path_factory.mktemp("cluster"), new_database(), **options))

        yield start


@pytest.fixture(scope="module")
def cluster(start_cluster) -> Cluster:
    """What the overlay `local` renders, running."""
    return start_cluster()


@pytest.fixture(scope="module")
def site(cluster) -> Site:
    """The same with content, for traffic."""
    return Site.seeded(cluster)
