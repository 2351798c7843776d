"""A client that validates every response against docs/openapi.yaml, and the site under test.

The suite needs only a URL and a token (an editor's, for all operations). It runs against any deployment, and against
any other implementation of an operation.

    make contract URL=https://blog.example.org TOKEN=bst_…

The client waits after a 429. Schemathesis sends more requests than API_TOKEN_RATES and API_ADDRESS_RATES allow by
default, so these have to be raised on a site where all of its requests should be tested. Without CONTRACT_URL the suite
starts its own site. It deletes what it has created; its posts stay in the trash.
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
    """Sends requests and validates the responses. Paths are relative to `/api/v1/`."""

    def __init__(self, url: str, token: str, contract: schemathesis.BaseSchema) -> None:
        self.url, self.token, self.contract = url.rstrip("/"), token, contract
        self.session = requests.Session()

    def anonymous(self) -> Api:
        """Return a client without a token."""
        return Api(self.url, "", self.contract)

    def clone(self) -> Api:
        """Return the same client with its own connections, for another thread."""
        return Api(self.url, self.token, self.contract)

    def send(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send a request and return the response, after a 429 that of a retry. `headers` are added to the token."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        url = path if path.startswith("http") else f"{self.url}/api/v1/{path}"
        response = self.session.request(method, url, json=json, headers=headers, timeout=30, **options)
        self._validate(method, url, response)
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

    def change(self, method: str, previous: requests.Response, json: Any = None, **headers: str) -> requests.Response:
        """Send a PUT, PATCH or DELETE for the resource of a previous response, with its ETag in `If-Match`."""
        headers = {
            "If-Match": previous.headers["ETag"],
            **{name.replace("_", "-"): each for name, each in headers.items()},
        }
        return self.send(method, self.url_of(previous), json, headers=headers)

    def url_of(self, response: requests.Response) -> str:
        """Return the URL of the resource in a response: its Location, or the URL of the request."""
        return response.headers.get("Location") or response.url.partition("?")[0]

    def _validate(self, method: str, url: str, response: requests.Response) -> None:
        path = url.partition("?")[0].removeprefix(f"{self.url}/api/v1/")
        resource, _slash, member = path.partition("/")
        template = f"/api/v1/{resource}/{'{id}/' if member else ''}"
        # The schema does not describe HEAD, OPTIONS and unsupported methods.
        if method.lower() in self.contract.raw_schema["paths"].get(template, {}):
            self.contract[template][method].validate_response(response)


@pytest.fixture(scope="session")
def contract() -> schemathesis.BaseSchema:
    """The committed schema."""
    return schemathesis.openapi.from_path(CONTRACT)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The URL of the site, and a token."""
    if url := os.environ.get("CONTRACT_URL"):
        return url, os.environ.get("CONTRACT_TOKEN") or pytest.fail("CONTRACT_TOKEN is not set: an editor's token.")
    # Without rate limits, because the suite sends more requests than a client may.
    server = request.getfixturevalue("serve")(API_TOKEN_RATES="", API_ADDRESS_RATES="")
    server.shell(MAKE_EDITOR)
    output = server.manage("create_token", "--user", "contract", "--scopes", "create,read,update,delete")
    return server.url, output.splitlines()[-1]


@pytest.fixture(scope="module")
def api(site, contract) -> Api:
    """A client with the token of an editor."""
    return Api(*site, contract)


@pytest.fixture
def anonymous_api(api) -> Api:
    """A client without a token."""
    return api.anonymous()


@pytest.fixture
def make(api) -> Iterator[Callable[..., requests.Response]]:
    """Return a function that creates resources that are deleted at the end: `make("posts", title="…")`."""
    created: list[str] = []

    def create(resource: str, **fields: Any) -> requests.Response:
        name = f"Contract {uuid4().hex[:12]}"
        titled = {"posts": {"title": name, "body": "*A text.*", "authors": []}, "series": {"title": name}}
        defaults = titled.get(resource, {"name": name})
        response = api.post(f"{resource}/", defaults | fields)
        assert response.status_code == 201, response.text
        created.append(response.headers["Location"])
        return response

    yield create
    for url in reversed(created):
        api.send("DELETE", url, headers={"If-Match": "*"})
