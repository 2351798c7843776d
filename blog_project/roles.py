"""The table of roles: the requests that a process serves, the apps it loads, and its database grants.

The URLconf, INSTALLED_APPS, MIDDLEWARE, the gateway's routes and the database grants all follow from this table alone.
It needs only the standard library, so that scripts for manifests or grants can import it without Django.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Operation(StrEnum):
    """An operation on an API resource. Permissions, token scopes and rates depend on operations, never on roles."""

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
    """A part of the blog that can be deployed separately: operations of the API, the pages, or the admin."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    FRONTEND = "frontend"
    ADMIN = "admin"


class Row(NamedTuple):
    """The requests, apps and database grants of one role."""

    prefixes: tuple[str, ...]
    """Path prefixes; the longest matching prefix of all roles decides."""
    operations: tuple[Operation, ...]
    """The operations that it serves under its prefixes, each by its HTTP methods."""
    rest: bool
    """Whether it also serves the methods that no other role serves under its prefixes."""
    urls: tuple[str, ...]
    """Keys of `blog_project.urls.GROUPS` that its processes mount."""
    apps: tuple[str, ...]
    """INSTALLED_APPS besides those of all roles."""
    middleware: tuple[str, ...]
    """MIDDLEWARE besides that of all roles."""
    seconds: int
    """The gateway's timeout for a response."""
    grants: dict[str, tuple[str, ...]]
    """Its database grants: for each privilege, groups of tables, which `apps.server.database.grants` defines."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods of its operations."""
        return tuple(method for operation in self.operations for method in METHODS[operation])


ALL = "all"
EVERYWHERE = ("/livez", "/readyz")
"""Paths that every role serves."""

_API_APPS = ("rest_framework", "django_filters", "apps.api")
_STATIC_APPS = ("apps.server.static_apps.StaticFilesConfig",)
# The documentation pages use static files, which the frontend serves.
_SCHEMA_APPS = ("drf_spectacular", "drf_spectacular_sidecar", *_STATIC_APPS)
_ADMIN_APPS = (
    # Before Django's admin, whose templates it overrides.
    "apps.editor",
    # Before the packages whose commands it records.
    "apps.accounts",
    "apps.editor.admin_apps.AdminConfig",
    "django.contrib.messages",
    "django.contrib.sessions",
    *_STATIC_APPS,
    "simple_history",
    "apps.api",
    "apps.frontend",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
)
_ADMIN_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.accounts.csrf.AdminCsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.audit.middleware.AuditMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "apps.accounts.second_factor.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.sessions.SessionUseMiddleware",
    "apps.accounts.devices.DeviceCookieMiddleware",
    "axes.middleware.AxesMiddleware",
    "apps.accounts.preferences.LanguageMiddleware",
    "apps.accounts.preferences.TimeZoneMiddleware",
)
STATIC_MIDDLEWARE = ("apps.server.static_files.StaticFilesMiddleware",)

# What any request to the API may read: the token, its user's permissions, and the content with its relations.
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
    "series",
    "site",
    "comments",
    "images",
    "image_uses",
    # Whether an image is in use.
    "pending_image_uses",
    # Scheduled updates of posts that are due.
    "pending:due",
)
# What any write to the API reads to record it: the end of the chain, which it locks, and the name of the user. Entries
# are added, and only the admin reads them; nobody but who runs migrations may change or delete one.
_AUDIT_READS = ("chain", "users:names")
# What editors may change in the admin: all but the schema, permissions, generation, changes, history, audit trail, keys.
_ADMIN_WRITES = (
    "posts",
    "tags",
    "authors",
    "tag_links",
    "author_links",
    "aliases",
    "tag_aliases",
    "author_aliases",
    "series",
    "series_aliases",
    "search",
    "site",
    "comments",
    "images",
    "image_uses",
    "pending",
    "pending_image_uses",
    "tokens",
    "users",
    "groups",
    "desk",
    "limits",
    "logins",
    "factors",
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
            # A generated slug must not equal an old path. MariaDB needs SELECT on all inserted columns to return the
            # id of a new row, so every role that writes history has SELECT on it.
            "SELECT": (
                *_API_READS,
                "aliases",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "history",
                "generation",
                "changes",
                "keys",
                *_AUDIT_READS,
            ),
            "INSERT": (
                "posts",
                "tags",
                "authors",
                "tag_links",
                "author_links",
                "series",
                "history",
                "search",
                "comments",
                "images",
                "image_uses",
                "changes",
                "keys",
                "audit",
            ),
            # The unsubscribe link of comment notifications sets `notify`.
            "UPDATE": ("comments:notify", "generation", "keys:answer", "tokens:used", "chain"),
            # An expired key is deleted when it is used again.
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
        grants={
            "SELECT": (
                *_API_READS,
                # For `/api/v1/me/`.
                "users:names",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "search",
                "generation",
                "changes",
            )
        },
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
            "SELECT": (
                *_API_READS,
                # A scheduled update that is due is written by the first change of its post.
                "pending",
                "aliases",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "history",
                "search",
                "generation",
                "changes",
                *_AUDIT_READS,
            ),
            "INSERT": (
                "tag_links",
                "author_links",
                "aliases",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "history",
                "search",
                "image_uses",
                "changes",
                "audit",
            ),
            "UPDATE": (
                "posts",
                "tags",
                "authors",
                "series",
                "comments",
                "images:described",
                "generation",
                "chain",
                "tokens:used",
                "search:tags",
                "tag_links:changed",
                "author_links:changed",
                "pending:lift",
            ),
            "DELETE": (
                "tag_links",
                "author_links",
                "aliases",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "search",
                "image_uses",
                "pending",
                "pending_image_uses",
            ),
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
            "SELECT": (
                *_API_READS,
                # A scheduled update that is due is written before its post is moved to the trash.
                "pending",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "history",
                "search",
                "generation",
                "changes",
                *_AUDIT_READS,
            ),
            "INSERT": ("history", "search", "image_uses", "changes", "audit"),
            # Posts and comments go to the trash; only tags, authors without posts, series and unused images are deleted.
            "UPDATE": (
                "posts:trash",
                "posts:series",
                "posts:waiting",
                "pending:lift",
                "comments:trash",
                "generation",
                "chain",
                "tokens:used",
                "search:tags",
                "tag_links:changed",
                "author_links:changed",
            ),
            "DELETE": (
                "tags",
                "authors",
                "series",
                "tag_links",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
                "search",
                "images",
                "image_uses",
                "pending",
                "pending_image_uses",
            ),
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
                "pending:public",
                "authors:public",
                "comments:public",
                "images:public",
                "tags",
                "tag_links",
                "author_links",
                "series",
                "aliases",
                "tag_aliases",
                "author_aliases",
                "series_aliases",
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
            "SELECT": (
                *_ADMIN_WRITES,
                "schema",
                "permissions",
                "history",
                "generation",
                "changes",
                "audit",
                "chain",
                "keys",
            ),
            "INSERT": (*_ADMIN_WRITES, "history", "changes", "audit"),
            # Deleting a user sets the user of versions and audit entries to NULL.
            "UPDATE": (*_ADMIN_WRITES, "history:user", "generation", "chain", "audit:user"),
            # Keys are deleted when they expire, and with their user; changes when they are old.
            "DELETE": (*_ADMIN_WRITES, "keys", "changes"),
        },
    ),
}


def parse(value: str) -> frozenset[Role]:
    """Return the roles in a `ROLE` setting: one role, several joined by a dot, or `all`.

    Raises ValueError for any other value, with a message that lists the valid roles.
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
    """Return the role that serves `method` on `path`: by the longest prefix, then the method, then `Row.rest`."""
    # With a slash, because for gateways the prefix /admin/ also matches /admin.
    path = f"{path}/"
    owners = _owners()
    # A request target without a leading slash (in absolute form, or `*`) belongs to the pages.
    candidates = next((roles for prefix, roles in owners.items() if path.startswith(prefix)), owners["/"])
    for role in candidates:
        if method.upper() in TABLE[role].methods:
            return role
    return next(role for role in candidates if TABLE[role].rest)


@cache
def _owners() -> dict[str, list[Role]]:
    """Return the roles of each prefix, the longest prefix first."""
    prefixes = sorted({prefix for row in TABLE.values() for prefix in row.prefixes}, key=len, reverse=True)
    return {prefix: [role for role, row in TABLE.items() if prefix in row.prefixes] for prefix in prefixes}


def carried(roles: Iterable[Role], path: str) -> frozenset[Operation]:
    """Return the operations that a process of these roles serves on a path."""
    roles = frozenset(roles)
    return frozenset(operation for operation, methods in METHODS.items() if owner(methods[0], path) in roles)


def gather(roles: Iterable[Role], field: str) -> list[str]:
    """Return the merged values of a list-valued field of `Row` (such as `apps`) of several roles, in table order."""
    chosen = set(roles)
    merged = (item for role, row in TABLE.items() if role in chosen for item in getattr(row, field))
    return list(dict.fromkeys(merged))


def mounts(roles: Iterable[Role]) -> tuple[list[str], list[str]]:
    """Return the groups of routes that a URLconf mounts, and the prefixes (longest first) that get a 421."""
    roles = set(roles)
    return gather(roles, "urls"), foreign_prefixes(*roles)


def foreign_prefixes(*roles: Role) -> list[str]:
    """Return the prefixes that none of these roles serves, longest first."""
    mounted = gather(roles, "prefixes")
    foreign = [prefix for prefix in gather(Role, "prefixes") if prefix not in mounted]
    return sorted(foreign, key=len, reverse=True)


def pattern(prefix: str) -> str:
    """Return a regular expression for the paths under a prefix, without those under a longer prefix."""
    longer = [under(other) for other in gather(Role, "prefixes") if other != prefix and other.startswith(prefix)]
    return (f"(?!{'|'.join(longer)})" if longer else "") + under(prefix)


def under(prefix: str) -> str:
    """Return a regular expression for all paths under a prefix, without the leading slash, as in URLconfs.

    `/admin` is under `/admin/`, as for gateways.
    """
    # $ would also match /admin%0A.
    return "" if prefix == "/" else rf"{re.escape(prefix.strip('/'))}(?:/|\Z)"


def httproute(deployments: Sequence[str]) -> list[dict]:
    """Return the rules of a Gateway API HTTPRoute that sends every request to the deployment that owns it.

    `deployments` are `ROLE` values that together cover every role once, for example
    `["create.update", "read", "delete", "frontend", "admin"]`; each has a Service, `broadsheet-create-update`.
    Raises ValueError if a role is missing or deployed twice.
    """
    deployment_of = {role: value for value in deployments for role in parse(value)}
    if len(deployment_of) != len(Role) or sum(len(parse(value)) for value in deployments) != len(Role):
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
                # A rule for the rest has no method: the gateway prefers the more specific matches of other roles.
                "matches": paths
                if row.rest
                else [{**path, "method": method} for path in paths for method in row.methods],
                "timeouts": {"request": f"{row.seconds}s"},
                "backendRefs": [{"name": service(deployment_of[role]), "port": 80}],
            }
        )
    return rules


def service(value: str) -> str:
    """Return the name of the Kubernetes Service and Deployment of a `ROLE` value."""
    return f"broadsheet-{value.replace('.', '-')}"
