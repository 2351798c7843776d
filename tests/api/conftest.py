"""A client of the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from apps.api.models import ApiToken


class ApiClient:
    """Sends JSON; `client.as_(user)` is a client with a token of this user."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self._client = Client(raise_request_exception=False)

    def as_(self, user, *scopes: str) -> ApiClient:
        wanted = list(scopes) or ["create", "read", "update", "delete"]
        return ApiClient(ApiToken.objects.issue(user=user, scopes=wanted, expires_at=None)[1])

    def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str):
        """Send a request; `If_Match="…"` is a header. Paths are relative to /api/v1/ unless they start with a slash."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = sent.pop("Content-Type", "application/json")
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        address = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        return self._client.generic(method, address, data, content_type=content_type, headers=sent)

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
    """Somebody without a token."""
    return ApiClient()


@pytest.fixture
def alices(client, alice) -> ApiClient:
    """Alice's program."""
    return client.as_(alice)


@pytest.fixture
def erikas(client, erika) -> ApiClient:
    """The editor's program."""
    return client.as_(erika)
