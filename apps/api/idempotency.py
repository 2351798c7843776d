"""`Idempotency-Key` on POST: a client can retry a request, and it is carried out once.

See draft-ietf-httpapi-idempotency-key-header. One transaction inserts the key, creates the object, and stores the
response with the key. A concurrent request with the same key waits for the unique index of the key, and then finds the
stored response. After a crash either both the object and the response are stored or neither. If the first request
fails, nothing is stored, and a waiting request carries out the work.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, models
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import content_state
from apps.core.transactions import wrap_writes, write_atomically

from .exceptions import KeyReused, Unavailable
from .models import IdempotencyKey
from .renderers import FastJSONRenderer

HEADER = "Idempotency-Key"
MAX_ATTEMPTS = 5
"""How often a request tries to insert its key or to find the response of another request with the same key."""

_BARE = re.compile(r"[!#$%&'*+./:=@^_`|~0-9A-Za-z-]{1,255}")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_STORED_HEADERS = ("Location", "ETag", "Preference-Applied")


class _DuplicateKey(Exception):
    """Another request has inserted the same key."""


def create_once(
    request: Request,
    sender: str,
    create: Callable[[], models.Model],
    respond: Callable[[models.Model], Response],
) -> HttpResponse:
    """Create an object and return the response; once for all requests of `sender` with the same `Idempotency-Key`.

    A request without a key is always carried out. Raises ParseError for an invalid key, KeyReused if the key was sent
    with another request, and Unavailable if the response of the first request cannot be found.
    """
    key = _key(request)
    if not key:
        return respond(create())
    keyed_request = _KeyedRequest(request, _digest(sender, key), respond)
    for _attempt in range(MAX_ATTEMPTS):
        if stored := keyed_request.find_stored():
            return _response(stored)
        try:
            return _response(keyed_request.carry_out(create))
        except _DuplicateKey:
            continue
    raise Unavailable


class _KeyedRequest:
    """A request with a key. It may be the first one with this key or a repetition."""

    def __init__(self, request: Request, digest: str, respond: Callable[[models.Model], Response]) -> None:
        self.user, self.digest, self.fingerprint = request.user, digest, _fingerprint(request)
        self.respond = respond
        self.expired: IdempotencyKey | None = None
        self.stored: IdempotencyKey | None = None

    def find_stored(self) -> IdempotencyKey | None:
        """Return the key with the response of the first request, or None if it is unknown or expired.

        Raises KeyReused.
        """
        found = IdempotencyKey.objects.filter(digest=self.digest).first()
        if found is None or found.is_expired():
            self.expired = found
            return None
        if found.fingerprint != self.fingerprint:
            raise KeyReused
        return found

    def carry_out(self, create: Callable[[], models.Model]) -> IdempotencyKey:
        """Create the object and return the key with the response. Raises _DuplicateKey, having written nothing."""
        with wrap_writes(self._write):
            instance = create()
            if self.stored is None:  # `create` returned an existing object and wrote nothing.
                write_atomically(lambda: instance, is_recorded=False)
        return self.stored

    def _write(self, write: Callable[[], models.Model]) -> models.Model:
        with content_state.bump_at_end():
            key = self._insert_key()
            row = write()
            response = self.respond(row)
            key.status = response.status_code
            key.headers = {name: response[name] for name in _STORED_HEADERS if name in response}
            key.body = b"" if response.data is None else zlib.compress(FastJSONRenderer().render(response.data))
            key.save(update_fields=IdempotencyKey.RESPONSE_FIELDS)
        self.stored = key
        return row

    def _insert_key(self) -> IdempotencyKey:
        if self.expired:
            IdempotencyKey.objects.filter(pk=self.expired.pk).delete()
        user = self.user if self.user.is_authenticated else None
        key = IdempotencyKey(user=user, digest=self.digest, fingerprint=self.fingerprint, created_at=timezone.now())
        try:
            key.save(force_insert=True)
        except IntegrityError as error:
            raise _DuplicateKey from error
        return key


def _key(request: Request) -> str:
    """Return the key of a request, or "" without one. Quotation marks are optional. Raises ParseError."""
    given = request.headers.get(HEADER)
    if given is None:
        return ""
    given = given.strip()
    if _BARE.fullmatch(given):
        return given
    quoted = _QUOTED.fullmatch(given)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if not 1 <= len(key) <= 255:
        raise ParseError(
            _(
                "“Idempotency-Key” is 1 to 255 letters, digits and marks that you make up for each new request, such as "
                '"8e03978e-40d5-43dd-bc93-6894a57f9324".'
            )
        )
    return key


def _digest(sender: str, key: str) -> str:
    return hashlib.sha256(f"{sender}\n{key}".encode()).hexdigest()


def _fingerprint(request: Request) -> str:
    """Return a digest of the path and the body. A form is hashed by its fields, because its boundary varies."""
    found = hashlib.sha256(f"{request.path}\n".encode())
    if not request.content_type.lower().startswith("multipart/"):
        found.update(request.body)
        return found.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            found.update(repr((name, _content(value))).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _content(value: Any) -> Any:
    if not hasattr(value, "chunks"):
        return value
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return value.name, content.hexdigest()


def _response(key: IdempotencyKey) -> HttpResponse:
    """Return a stored response. The first request gets it too, so that repetitions get the same bytes."""
    body = zlib.decompress(key.body) if key.body else b""
    response = HttpResponse(body, status=key.status, headers=key.headers, content_type="application/json")
    if not body:
        del response["Content-Type"]
    return response
