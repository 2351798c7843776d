"""A client that holds every answer against docs/openapi.yaml, and the site that it asks.

The suite needs an address and a token (an editor's, for all operations), and nothing else of the site: it runs against
any deployment, and against any other implementation of an operation.

    make contract URL=https://blog.example.org TOKEN=bst_…

It waits where it is told to (429). What Schemathesis makes up in the end is more than API_TOKEN_RATES and API_ADDRESS_RATES
allow by default: a site on which that is to reach the code behind the limits has to raise them meanwhile.
Without CONTRACT_URL it starts a site of its own. It deletes what it makes; its posts stay in the trash.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis

CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
MAKE_EDITOR = """
from django.contrib.auth.models import Group, User
User.objects.create_user("contract").groups.add(Group.objects.get(name="Editors"))
"""


class Api:
    """Sends requests. Paths are relative to `/api/v1/`; whatever comes back has to be what the contract says."""

    def __init__(self, url: str, token: str, contract: schemathesis.BaseSchema) -> None:
        self.url, self.token, self.contract = url.rstrip("/"), token, contract
        self.session = requests.Session()

    def anonymous(self) -> Api:
        """Return a client without a token."""
        return Api(self.url, "", self.contract)

    def another(self) -> Api:
        """Return a client like this one, with connections of its own: for use in another thread."""
        return Api(self.url, self.token, self.contract)

    def send(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send a request and return the answer. `headers` are added to those that every request has."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        address = path if path.startswith("http") else f"{self.url}/api/v1/{path}"
        response = self.session.request(method, address, json=json, headers=headers, timeout=30, **options)
        self._check(method, address, response)
        if response.status_code == 429:
            time.sleep(int(response.headers["Retry-After"]))
            return self.send(method, path, json, headers=headers, **options)
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send a POST."""
        return self.send("POST", path, json, **options)

    def change(self, method: str, found: requests.Response, json: Any = None, **headers: str) -> requests.Response:
        """Send a PUT, PATCH or DELETE of the resource that was answered, made from that version of it."""
        headers = {
            "If-Match": found.headers["ETag"],
            **{name.replace("_", "-"): each for name, each in headers.items()},
        }
        return self.send(method, self.address(found), json, headers=headers)

    def address(self, found: requests.Response) -> str:
        """Return where an answered resource is: what Location says after a POST, its own address otherwise."""
        return found.headers.get("Location") or found.url.partition("?")[0]

    def _check(self, method: str, address: str, response: requests.Response) -> None:
        path = address.partition("?")[0].removeprefix(f"{self.url}/api/v1/")
        resource, _slash, member = path.partition("/")
        template = f"/api/v1/{resource}/{'{id}/' if member else ''}"
        # HEAD, OPTIONS and what no address takes are not described one by one.
        if method.lower() in self.contract.raw_schema["paths"].get(template, {}):
            self.contract[template][method].validate_response(response)


@pytest.fixture(scope="session")
def contract() -> schemathesis.BaseSchema:
    """What was agreed."""
    return schemathesis.openapi.from_path(CONTRACT)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Where the site is, and a token."""
    if url := os.environ.get("CONTRACT_URL"):
        return url, os.environ.get("CONTRACT_TOKEN") or pytest.fail("CONTRACT_TOKEN is not set: an editor's token.")
    # It asks more in a minute than a client may.
    server = request.getfixturevalue("serve")(API_TOKEN_RATES="", API_ADDRESS_RATES="")
    server.shell(MAKE_EDITOR)
    made = server.manage("create_token", "--user", "contract", "--scopes", "create,read,update,delete")
    return server.url, made.splitlines()[-1]


@pytest.fixture(scope="module")
def api(site, contract) -> Api:
    """An editor's program."""
    return Api(*site, contract)


@pytest.fixture
def anybody(api) -> Api:
    """Somebody without a token."""
    return api.anonymous()


@pytest.fixture
def make(api) -> Iterator[Callable[..., requests.Response]]:
    """Create resources: `make("tags")`, `make("posts", title="…")`; what is left of them in the end is deleted."""
    made: list[str] = []

    def create(resource: str, **fields: Any) -> requests.Response:
        name = f"Contract {uuid4().hex[:12]}"
        given = {"posts": {"title": name, "body": "*A text.*", "authors": []}}.get(resource, {"name": name})
        response = api.post(f"{resource}/", given | fields)
        assert response.status_code == 201, response.text
        made.append(response.headers["Location"])
        return response

    yield create
    for address in reversed(made):
        api.send("DELETE", address, headers={"If-Match": "*"})
