"""The target of a request (RFC 9112, 3.2): which host it is for, and its path."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from .refusals import Refused


def resolve(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the ASGI scope of a request with its target in origin form: a path.

    A target in absolute form (`GET http://host/path`), which a client sends to a proxy and a server has to understand,
    names the host instead of the Host header. Raises Refused (400) if it is no address, or if no host is named.
    """
    sent = scope.get("raw_path", b"/")
    if b"://" in sent and not scope["path"].startswith("/"):
        return _from_absolute_form(scope)
    # An encoded slash begins no path: a proxy in front has routed `%2Fadmin/` as something else.
    if not sent.startswith(b"/") and not (sent == b"*" and scope["method"] == "OPTIONS"):
        raise _no_address()
    # HTTP/1.0 has no Host.
    if scope["http_version"] == "1.1" and not any(name == b"host" for name, _value in scope["headers"]):
        raise Refused(400, _("The request names no host: HTTP/1.1 requires the header Host."))
    return scope


def _from_absolute_form(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    try:
        # The scheme is not read: whether a request came by HTTPS is not for the client to say.
        target = urlsplit(scope["raw_path"].decode("latin-1"))
        is_address = target.scheme in ("http", "https") and target.hostname and "@" not in target.netloc
    except ValueError:
        is_address = False
    if not is_address:
        raise _no_address()
    path = target.path or "/"
    headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
    return {
        **scope,
        "raw_path": path.encode("latin-1"),
        "path": unquote(path),
        "headers": [(b"host", target.netloc.encode("latin-1")), *headers],
    }


def _no_address() -> Refused:
    return Refused(400, _("The target of the request is no address: write a path, or http:// with a host and a path."))
