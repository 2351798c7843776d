"""`Idempotency-Key` on POST: whoever does not know whether a request arrived sends it again, and it is done once.

By draft-ietf-httpapi-idempotency-key-header. The key is written in the transaction of what is created, before that, and
the answer after it. So a request with the same key waits at the key until the first is through, and then finds its
answer; and after a crash either both are there or neither is. Where the first fails, nothing is kept, and whoever
waited does the work.
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
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import content_state
from apps.core.transactions import wrap_writes, write_atomically

from .exceptions import KeyReused, Unavailable
from .models import IdempotencyKey

HEADER = "Idempotency-Key"
ATTEMPTS = 5
"""How often a request looks for what another one with its key has done, and finds that it has gone."""

_BARE = re.compile(r"[!#$%&'*+./:=@^_`|~0-9A-Za-z-]{1,255}")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_KEPT_HEADERS = ("Location", "ETag", "Preference-Applied")


class _Taken(Exception):
    """Another request with the same key has just been answered."""


def once(
    request: Request,
    sender: str,
    create: Callable[[], models.Model],
    answer: Callable[[models.Model], Response],
) -> HttpResponse:
    """Create something and answer it; once for all requests of `sender` with the same `Idempotency-Key`.

    Raises ParseError for what is no key, KeyReused where it came with another request, and Unavailable where the answer
    to the first one cannot be had.
    """
    key = _key(request)
    if not key:
        return answer(create())
    attempt = _Attempt(request, _digest(sender, key), answer)
    for _again in range(ATTEMPTS):
        if first := attempt.first():
            return _response(first)
        try:
            return _response(attempt.make(create))
        except _Taken:
            continue
    raise Unavailable


class _Attempt:
    """A request with a key, which may be the first one."""

    def __init__(self, request: Request, digest: str, answer: Callable[[models.Model], Response]) -> None:
        self.user, self.digest, self.fingerprint = request.user, digest, _fingerprint(request)
        self.answer = answer
        self.expired: IdempotencyKey | None = None
        self.kept: IdempotencyKey | None = None

    def first(self) -> IdempotencyKey | None:
        """Return what was kept of the first request; None where there was none lately. Raises KeyReused."""
        found = IdempotencyKey.objects.filter(digest=self.digest).first()
        if found is None or found.is_expired():
            self.expired = found
            return None
        if found.fingerprint != self.fingerprint:
            raise KeyReused
        return found

    def make(self, create: Callable[[], models.Model]) -> IdempotencyKey:
        """Create it and return what is kept of that. Raises _Taken, having written nothing."""
        with wrap_writes(self._write):
            instance = create()
            if self.kept is None:  # It was there already, so nothing was written.
                write_atomically(lambda: instance)
        return self.kept

    def _write(self, write: Callable[[], models.Model]) -> None:
        with content_state.bump_at_end():
            key = self._claim()
            answer = self.answer(write())
            key.status = answer.status_code
            key.headers = {name: answer[name] for name in _KEPT_HEADERS if name in answer}
            key.body = b"" if answer.data is None else zlib.compress(JSONRenderer().render(answer.data))
            key.save(update_fields=IdempotencyKey.ANSWER)
        self.kept = key

    def _claim(self) -> IdempotencyKey:
        if self.expired:
            IdempotencyKey.objects.filter(pk=self.expired.pk).delete()
        user = self.user if self.user.is_authenticated else None
        key = IdempotencyKey(user=user, digest=self.digest, fingerprint=self.fingerprint, created_at=timezone.now())
        try:
            key.save(force_insert=True)
        except IntegrityError as error:
            raise _Taken from error
        return key


def _key(request: Request) -> str:
    """Return the key of a request, "" without one; in quotation marks, as the draft has it, or without. Raises ParseError."""
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
    """Return a digest of what is asked for. A form counts by what is in it: its boundary is another each time."""
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
    """Return an answer as it is kept; also to the first request, so that no byte of it differs."""
    body = zlib.decompress(key.body) if key.body else b""
    response = HttpResponse(body, status=key.status, headers=key.headers, content_type="application/json")
    if not body:
        del response["Content-Type"]
    return response
