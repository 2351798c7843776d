"""Sessions of the admin (`SESSION_ENGINE`): only a digest of the key is stored, and each knows its user and client.

Made as Django documents for its database-backed engine ("Extending database-backed session engines"). The package
django-qsessions stores users and clients too, but also the keys, and the address of the nearest proxy.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, user_logged_in
from django.contrib.sessions.backends import db
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core.clients import address, agent
from blog_project import addresses

from . import devices, events, limits, models
from .passwords import password_changed

STARTED, SEEN, ADDRESS, AGENT = "started", "seen", "address", "agent"
"""The keys of a session's data: seconds since 1970, and the client."""
SEEN_PRECISION = 300
"""The seconds for which a session is not written again only because it is used."""


def digest(session_key: str) -> str:
    """Return the SHA-256 of a session's key in hex, which is stored. (The key is random, so no slow hash is needed.)"""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(db.SessionStore):
    """Django's store in the database, which is asked for digests of keys, never for keys."""

    @classmethod
    def get_model_class(cls) -> type[models.Session]:
        """Return the model of the rows."""
        return models.Session

    @classmethod
    def clear_expired(cls) -> None:
        """Delete expired sessions, counts of limits and known browsers (`manage.py clearsessions`)."""
        super().clear_expired()
        limits.clear_expired()
        devices.clear_expired()

    def load(self) -> dict[str, Any]:
        """Return the data; for an unknown or expired key forget the key, so that a client cannot choose one."""
        row = (
            self.session_key
            and self.model.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now()).first()
        )
        if not row:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        """Return whether a key is in use."""
        return super().exists(digest(session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of a key, or this one."""
        key = session_key or self.session_key
        if key:
            super().delete(digest(key))

    def create_model_instance(self, data: dict[str, Any]) -> models.Session:
        """Return the row to save."""
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        row.user_id = data.get(SESSION_KEY)
        row.started_at, row.seen_at = (_moment(data.get(name)) for name in (STARTED, SEEN))
        row.address, row.agent = data.get(ADDRESS), data.get(AGENT, "")
        return row

    def get_session_cookie_age(self) -> int:
        """Return the seconds until the session ends if it is not used, never later than its absolute end."""
        idle = settings.SESSION_COOKIE_AGE
        started = self.get(STARTED)
        return idle if started is None else max(0, min(idle, started + settings.SESSION_MAX_AGE - int(time.time())))


class SessionUseMiddleware:
    """Extends a session of the admin that is used, at most once in `SEEN_PRECISION`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note the use after the view, which has loaded the session if it needs one."""
        response = self.get_response(request)
        if request.path_info.startswith(addresses.ADMIN) and request.session.accessed:
            # The database may be away; the response says so already.
            with contextlib.suppress(DatabaseError):
                _note_use(request)
        return response


def _note_use(request: HttpRequest) -> None:
    session = request.session
    if STARTED in session and session.get(SEEN, 0) < time.time() - SEEN_PRECISION:
        _note_client(request)


@receiver(user_logged_in)
def _begin(sender: object, request: HttpRequest, user: object, **kwargs: object) -> None:
    request.session[STARTED] = int(time.time())
    _note_client(request)


def _note_client(request: HttpRequest) -> None:
    request.session.update({SEEN: int(time.time()), ADDRESS: address(request), AGENT: agent(request)})


@receiver(password_changed)
def _end_sessions(sender: object, user: Any, **kwargs: object) -> None:
    """Delete all sessions of a user; the request that changed the own password saves its session anew."""
    count, _per_model = models.Session.objects.filter(user=user).delete()
    if count:
        events.happened(events.SESSIONS_ENDED, user, count=count)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
