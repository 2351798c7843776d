"""Which requests a process serves, what it loads for them, and what its database user may do.

This table is the only place that says so. The URLconf, INSTALLED_APPS, MIDDLEWARE, the gateway's
routes and the database grants all follow from it. Standard library only: a manifest generator or a
grant script can import it without Django.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Operation(StrEnum):
    """What is done with a resource of the API. Rights, scopes of tokens and rates follow from it, and never from a role."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


METHODS = {
    Operation.CREATE: ("POST",),
    Operation.READ: ("GET", "HEAD", "OPTIONS"),
    Operation.UPDATE: ("PUT", "PATCH"),
    Operation.DELETE: ("DELETE",),
}
"""The HTTP methods of each operation (RFC 9110, 9)."""


class Role(StrEnum):
    """A part of the blog that is deployable by itself: operations of the API, the pages, or the admin."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    FRONTEND = "frontend"
    ADMIN = "admin"


class Row(NamedTuple):
    """What one role owns, loads and may do."""

    prefixes: tuple[str, ...]
    """Path prefixes; the longest one that matches a path decides."""
    operations: tuple[Operation, ...]
    """The operations that it carries out there, each by its HTTP methods."""
    rest: bool
    """Whether it also owns the methods of its prefixes that no other role names."""
    urls: tuple[str, ...]
    """Groups of routes in `blog_project.urls` that its processes mount."""
    apps: tuple[str, ...]
    """INSTALLED_APPS beyond the core."""
    middleware: tuple[str, ...]
    """MIDDLEWARE beyond the core."""
    seconds: int
    """How long a gateway waits for an answer."""
    grants: dict[str, tuple[str, ...]]
    """What its database user may do: per privilege, groups of tables that `apps.server.database.grants` spells out."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that it owns under its prefixes."""
        return tuple(method for operation in self.operations for method in METHODS[operation])


ALL = "all"
EVERYWHERE = ("/livez", "/readyz")
"""Paths that every process answers, whatever its role."""

_API_APPS = ("rest_framework", "django_filters", "apps.api")
_STATIC_APPS = ("apps.server.static_apps.StaticFilesConfig",)
# The documentation is pages: they name static files, which the frontend serves.
_SCHEMA_APPS = ("drf_spectacular", "drf_spectacular_sidecar", *_STATIC_APPS)
_ADMIN_APPS = (
    "apps.editor.admin_apps.AdminConfig",
    "django.contrib.messages",
    "django.contrib.sessions",
    *_STATIC_APPS,
    "simple_history",
    "apps.api",
    "apps.frontend",
    "axes",
    "apps.accounts",
    "apps.editor",
)
_ADMIN_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.accounts.csrf.AdminCsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "apps.accounts.time_zones.TimeZoneMiddleware",
)
STATIC_MIDDLEWARE = ("apps.server.static_files.StaticFilesMiddleware",)

# What any request to the API reads: the token, what its user may do, and posts with their tags and authors.
_API_READS = (
    "schema",
    "tokens",
    "users:rights",
    "groups",
    "permissions",
    "posts",
    "tags",
    "authors",
    "tag_links",
    "author_links",
    "site",
    "comments",
    "images",
    "image_uses",
)
# What editors' work changes: all but the schema, the permissions, the counter and the history.
_DESK_WRITES = (
    "posts",
    "tags",
    "authors",
    "tag_links",
    "author_links",
    "aliases",
    "tag_aliases",
    "search",
    "site",
    "comments",
    "images",
    "image_uses",
    "tokens",
    "users",
    "groups",
    "desk",
    "logins",
)

TABLE: dict[Role, Row] = {
    Role.CREATE: Row(
        prefixes=("/api/",),
        operations=(Operation.CREATE,),
        rest=False,
        urls=("api",),
        apps=_API_APPS,
        middleware=(),
        seconds=30,
        grants={
            # A made-up slug keeps clear of old addresses. MariaDB, which returns the id of a new row, wants SELECT on
            # all that is inserted: so do all who write history have it.
            "SELECT": (*_API_READS, "aliases", "tag_aliases", "history", "generation", "keys"),
            "INSERT": (
                "posts",
                "tags",
                "authors",
                "tag_links",
                "author_links",
                "history",
                "search",
                "comments",
                "images",
                "image_uses",
                "keys",
            ),
            # The link in a mail about comments ends such mails.
            "UPDATE": ("comments:notify", "generation", "keys:answer"),
            # A key that is used again when its time is over.
            "DELETE": ("keys",),
        },
    ),
    Role.READ: Row(
        prefixes=("/api/",),
        operations=(Operation.READ,),
        rest=True,
        urls=("api", "docs"),
        apps=_API_APPS + _SCHEMA_APPS,
        middleware=(),
        seconds=15,
        grants={"SELECT": (*_API_READS, "tag_aliases", "search", "generation")},
    ),
    Role.UPDATE: Row(
        prefixes=("/api/",),
        operations=(Operation.UPDATE,),
        rest=False,
        urls=("api",),
        apps=_API_APPS,
        middleware=(),
        seconds=30,
        grants={
            "SELECT": (*_API_READS, "aliases", "tag_aliases", "history", "search", "generation"),
            "INSERT": ("tag_links", "author_links", "aliases", "tag_aliases", "history", "search", "image_uses"),
            "UPDATE": (
                "posts",
                "tags",
                "authors",
                "comments",
                "images:described",
                "generation",
                "search:tags",
                "tag_links:changed",
                "author_links:changed",
            ),
            "DELETE": ("tag_links", "author_links", "aliases", "tag_aliases", "search", "image_uses"),
        },
    ),
    Role.DELETE: Row(
        prefixes=("/api/",),
        operations=(Operation.DELETE,),
        rest=False,
        urls=("api",),
        apps=_API_APPS,
        middleware=(),
        seconds=15,
        grants={
            "SELECT": (*_API_READS, "tag_aliases", "history", "search", "generation"),
            "INSERT": ("history",),
            # Posts and comments go to the trash; only tags, authors without posts and unused images are deleted.
            "UPDATE": (
                "posts:trash",
                "comments:trash",
                "generation",
                "search:tags",
                "tag_links:changed",
                "author_links:changed",
            ),
            "DELETE": ("tags", "authors", "tag_links", "tag_aliases", "search", "images"),
        },
    ),
    Role.FRONTEND: Row(
        prefixes=("/",),
        operations=(),
        rest=True,
        urls=("pages",),
        apps=(*_STATIC_APPS, "apps.frontend"),
        middleware=STATIC_MIDDLEWARE,
        seconds=15,
        grants={
            "SELECT": (
                "schema",
                "generation",
                "site",
                "posts:public",
                "authors:public",
                "comments:public",
                "images:public",
                "tags",
                "tag_links",
                "author_links",
                "aliases",
                "tag_aliases",
                "search",
            ),
        },
    ),
    Role.ADMIN: Row(
        prefixes=("/admin/", "/preview/"),
        operations=(),
        rest=True,
        urls=("admin",),
        apps=_ADMIN_APPS,
        middleware=_ADMIN_MIDDLEWARE,
        seconds=60,
        grants={
            "SELECT": (*_DESK_WRITES, "schema", "permissions", "history", "generation", "audit", "keys"),
            "INSERT": (*_DESK_WRITES, "history", "audit"),
            # A version and an entry of the audit trail say who made it, until that user is deleted.
            "UPDATE": (*_DESK_WRITES, "history:user", "generation", "audit:user"),
            # Keys go when their time is over, and with their user.
            "DELETE": (*_DESK_WRITES, "keys"),
        },
    ),
}


def parse(value: str) -> frozenset[Role]:
    """Read a `ROLE` setting: one role, several joined by a dot, or `all`.

    Raises ValueError, with a sentence that lists the valid roles, for anything else.
    """
    names = [*Role] if value == ALL else value.split(".")
    try:
        return frozenset(Role(name) for name in names)
    except ValueError:
        wrong = f"ROLE={value!r} is not a role" if value else "ROLE is not set"
        raise ValueError(
            f"{wrong}. Set it to {ALL}, or to one or several (joined by a dot) of: {', '.join(Role)}."
        ) from None


def owner(method: str, path: str) -> Role:
    """Return the role that serves `method` on `path`: longest prefix, then method, then the rest."""
    # With a slash, because a gateway's prefix /admin/ is /admin too.
    path = f"{path}/"
    owners = _owners()
    # What begins with no slash (a target in the absolute form, or `*`) is left to the pages.
    candidates = next((roles for prefix, roles in owners.items() if path.startswith(prefix)), owners["/"])
    for role in candidates:
        if method.upper() in TABLE[role].methods:
            return role
    return next(role for role in candidates if TABLE[role].rest)


@cache
def _owners() -> dict[str, list[Role]]:
    """Return whose each prefix is, the longest first."""
    prefixes = sorted({prefix for row in TABLE.values() for prefix in row.prefixes}, key=len, reverse=True)
    return {prefix: [role for role, row in TABLE.items() if prefix in row.prefixes] for prefix in prefixes}


def carried(roles: Iterable[Role], path: str) -> frozenset[Operation]:
    """Return the operations that a process of these roles carries out at a path."""
    roles = frozenset(roles)
    return frozenset(operation for operation, methods in METHODS.items() if owner(methods[0], path) in roles)


def gather(roles: Iterable[Role], field: str) -> list[str]:
    """Merge one list-valued column (`apps`, `middleware`, `urls`, `prefixes`) of several roles, in table order."""
    chosen = set(roles)
    merged = (item for role, row in TABLE.items() if role in chosen for item in getattr(row, field))
    return list(dict.fromkeys(merged))


def mounts(roles: Iterable[Role]) -> tuple[list[str], list[str]]:
    """Say what a URLconf holds: the groups of routes it mounts, and the prefixes (longest first) it answers 421 for."""
    roles = set(roles)
    return gather(roles, "urls"), foreign_prefixes(*roles)


def foreign_prefixes(*roles: Role) -> list[str]:
    """Return the prefixes that none of these roles has, longest first."""
    mounted = gather(roles, "prefixes")
    foreign = [prefix for prefix in gather(Role, "prefixes") if prefix not in mounted]
    return sorted(foreign, key=len, reverse=True)


def pattern(prefix: str) -> str:
    """Return the regular expression of what belongs to a prefix: all that is under it, but for what a longer one has."""
    longer = [under(other) for other in gather(Role, "prefixes") if other != prefix and other.startswith(prefix)]
    return (f"(?!{'|'.join(longer)})" if longer else "") + under(prefix)


def under(prefix: str) -> str:
    """Return the regular expression of all that is under a prefix, as URLconfs have paths: without their first slash.

    `/admin` belongs to `/admin/`, as it does for gateways.
    """
    # \Z and not $, which takes /admin%0A for /admin.
    return "" if prefix == "/" else rf"{re.escape(prefix.strip('/'))}(?:/|\Z)"


def httproute(deployments: Sequence[str]) -> list[dict]:
    """Return the rules of a Gateway API HTTPRoute that sends every request to the deployment that owns it.

    `deployments` are `ROLE` values that together cover every role once, for example
    `["create.update", "read", "delete", "frontend", "admin"]`; each has a Service, `broadsheet-create-update`.
    Raises ValueError where a role is missing or deployed twice.
    """
    home = {role: value for value in deployments for role in parse(value)}
    if len(home) != len(Role) or sum(len(parse(value)) for value in deployments) != len(Role):
        raise ValueError(
            f"The deployments {', '.join(deployments)} must cover each of these roles once: {', '.join(Role)}."
        )
    rules = []
    for role, row in TABLE.items():
        if not (row.rest or row.operations):
            continue  # A rule without matches would take every request.
        paths = [{"path": {"type": "PathPrefix", "value": prefix.rstrip("/") or "/"}} for prefix in row.prefixes]
        rules.append(
            {
                "name": role.value,
                # A rule for the rest names no method: the gateway prefers the more specific matches of the others.
                "matches": paths
                if row.rest
                else [{**path, "method": method} for path in paths for method in row.methods],
                "timeouts": {"request": f"{row.seconds}s"},
                "backendRefs": [{"name": service(home[role]), "port": 80}],
            }
        )
    return rules


def service(value: str) -> str:
    """Return the name of the Kubernetes Service (and Deployment) of a `ROLE` value."""
    return f"broadsheet-{value.replace('.', '-')}"
