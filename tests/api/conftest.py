"""The client fixtures for the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from apps.api.models import ApiToken


class ApiClient:
    """A test client that sends JSON. `client.as_(user)` returns a client with a token of this user."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self._client = Client(raise_request_exception=False)

    def as_(self, user, *scopes: str) -> ApiClient:
        granted = list(scopes) or ["create", "read", "update", "delete"]
        return ApiClient(ApiToken.objects.issue(user=user, scopes=granted, expires_at=None)[1])

    def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str):
        """Send a request. `If_Match="…"` is a header. A path without a leading slash is relative to /api/v1/."""
        request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = request_headers.pop("Content-Type", "application/json")
        if self.token:
            request_headers.setdefault("Authorization", f"Bearer {self.token}")
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        url = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        return self._client.generic(method, url, data, content_type=content_type, headers=request_headers)

    def get(self, path: str, **headers: str):
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str):
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str):
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str):
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str):
        return self.send("DELETE", path, **headers)


@pytest.fixture
def client(db) -> ApiClient:
    """A client without a token."""
    return ApiClient()


@pytest.fixture
def alice_client(client, alice) -> ApiClient:
    """A client with a token of Alice, an author."""
    return client.as_(alice)


@pytest.fixture
def erika_client(client, erika) -> ApiClient:
    """A client with a token of Erika, an editor."""
    return client.as_(erika)
