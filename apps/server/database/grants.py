"""The privileges of each role's database user, by table and column: the groups of `roles.py` resolved.

Every table belongs to exactly one group, so that no table is granted by accident. A part of a group (`posts:public`)
is a list of columns, so that no new column is granted by accident either. The SQL is valid in MySQL and MariaDB.
Every app has to be installed (`ROLE=all`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from apps.api.models import IdempotencyKey
from apps.comments.models import Comment
from apps.media.models import Image
from apps.posts.models import Author, PendingVersion
from apps.posts.post_fields import PAGE_FIELDS, RENDERED_FIELDS, WAITING_FIELDS
from blog_project import roles

GROUPS: dict[str, tuple[str, ...]] = {
    "posts": ("posts.Post",),
    "tags": ("posts.Tag",),
    "authors": ("posts.Author",),
    "tag_links": ("posts.PostTag",),
    "author_links": ("posts.PostAuthor",),
    "aliases": ("posts.PostAlias",),
    "tag_aliases": ("posts.TagAlias",),
    "author_aliases": ("posts.AuthorAlias",),
    "series": ("posts.Series",),
    "series_aliases": ("posts.SeriesAlias",),
    "search": ("posts.SearchDocument",),
    "site": ("site.Site", "site.Link", "site.Stylesheet"),
    "comments": ("comments.Comment",),
    "images": ("media.Image",),
    "image_uses": ("posts.ImageUse",),
    "pending": ("posts.PendingVersion",),
    "pending_image_uses": ("posts.PendingImageUse",),
    "generation": ("core.ContentGeneration",),
    "changes": ("core.Change",),
    "history": ("posts.HistoricalPost", "posts.HistoricalPostTag", "posts.HistoricalPostAuthor"),
    "tokens": ("api.ApiToken",),
    "keys": ("api.IdempotencyKey",),
    "users": ("auth.User",),
    "groups": ("auth.Group", "auth.Group_permissions", "auth.User_groups", "auth.User_user_permissions"),
    "permissions": ("auth.Permission",),
    "desk": (
        *("admin.LogEntry", "sessions.Session", "accounts.Session", "accounts.Preferences", "posts.PreviewLink"),
        *("editor.Autosave", "editor.ReviewRequest", "editor.Assignment", "editor.Note"),
    ),
    "audit": ("audit.AuditEntry",),
    "chain": ("audit.AuditChain",),
    "limits": ("accounts.LimitCount", "accounts.KnownDevice"),
    "logins": ("axes.AccessAttempt", "axes.AccessAttemptExpiration", "axes.AccessFailureLog", "axes.AccessLog"),
    # Secrets of second factors. Only the admin's database user may read them.
    "factors": (
        "otp_totp.TOTPDevice",
        "otp_static.StaticDevice",
        "otp_static.StaticToken",
        "django_otp_webauthn.WebAuthnCredential",
        "django_otp_webauthn.WebAuthnAttestation",
        "django_otp_webauthn.WebAuthnUserHandle",
    ),
    # Read by the readiness check. (The migrations table has no model in an installed app.)
    "schema": ("contenttypes.ContentType", "migrations.Migration"),
}
"""The models of the tables of each group."""

PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "posts:public": {"posts.Post": PAGE_FIELDS},
    "posts:trash": {"posts.Post": ("trashed_at", "address_was_public", "updated_at", "revised_at", "version")},
    "posts:waiting": {"posts.Post": (*WAITING_FIELDS, *RENDERED_FIELDS, "rendered_by")},
    "pending:public": {"posts.PendingVersion": PendingVersion.PUBLIC},
    "pending:due": {"posts.PendingVersion": (*PendingVersion.PUBLIC, "body")},
    "pending:lift": {"posts.PendingVersion": (*PendingVersion.SCHEDULE, "lifted_at", "version")},
    "posts:series": {"posts.Post": ("series", "series_position")},
    "authors:public": {"posts.Author": Author.PUBLIC},
    "comments:public": {"comments.Comment": Comment.PUBLIC},
    "comments:notify": {"comments.Comment": ("notify",)},
    "comments:trash": {"comments.Comment": ("status", "version")},
    "search:tags": {"posts.SearchDocument": ("tags",)},
    "tag_links:changed": {"posts.PostTag": ("changed_at",)},
    "author_links:changed": {"posts.PostAuthor": ("changed_at",)},
    "images:public": {"media.Image": Image.PUBLIC},
    "images:described": {"media.Image": (*Image.DESCRIPTION_FIELDS, "version")},
    "keys:answer": {"api.IdempotencyKey": IdempotencyKey.RESPONSE_FIELDS},
    "tokens:used": {"api.ApiToken": ("last_used_at", "last_used_from")},
    "users:rights": {"auth.User": ("id", "is_active", "is_superuser")},
    "users:names": {"auth.User": ("username",)},
    "audit:user": {"audit.AuditEntry": ("user",)},
    "history:user": {"posts.HistoricalPost": ("history_user",)},
}
"""Parts of groups: some fields of a model."""

MIGRATION_USER = {
    "database": (
        *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"),
        "GRANT OPTION",
    ),
    "server": ("CREATE USER",),
}
"""Privileges of the user who runs migrations and creates the roles' users; an administrator creates this user."""


class Privilege(NamedTuple):
    """One privilege on a table or a column; existing ones can also be on a database or the server."""

    on: str
    """The object in SQL: `` `database`.`table` ``, `` `database`.* `` or `*.*`."""
    name: str
    column: str = ""


class Account(NamedTuple):
    """A database user with the host from which it connects."""

    user: str
    host: str

    def __str__(self) -> str:
        return f"{quote_string(self.user)}@{quote_string(self.host)}"


def quote_string(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def quote_identifier(name: str) -> str:
    """Return a quoted SQL identifier."""
    return "`" + name.replace("`", "``") + "`"


def model_of(label: str) -> type[Model]:
    """Return the model for a label in `GROUPS`."""
    return MigrationRecorder.Migration if label == "migrations.Migration" else apps.get_model(label)


def ungrouped() -> list[str]:
    """Return the labels of models in no group, whose tables only the migration user could read."""
    grouped = {model_of(label) for labels in GROUPS.values() for label in labels}
    return sorted(model._meta.label for model in apps.get_models(include_auto_created=True) if model not in grouped)


def required_privileges(of: Iterable[roles.Role], database: str) -> set[Privilege]:
    """Return the privileges that the database user of a process with these roles needs."""
    privileges = {
        Privilege(f"{quote_identifier(database)}.{quote_identifier(model._meta.db_table)}", name, column)
        for role in of
        for name, groups in roles.TABLE[role].grants.items()
        for group in groups
        for model, columns in _tables(group)
        for column in columns
    }
    # With several roles, one may need the whole table and another only some columns.
    return {item for item in privileges if not item.column or item._replace(column="") not in privileges}


def _tables(group: str) -> list[tuple[type[Model], tuple[str, ...]]]:
    """Return the models of a group with their columns; "" stands for the whole table."""
    if group in PARTS:
        tables = [(model_of(label), fields) for label, fields in PARTS[group].items()]
        return [(model, tuple(model._meta.get_field(name).column for name in fields)) for model, fields in tables]
    return [(model_of(label), ("",)) for label in GROUPS[group]]


def grant(privileges: Iterable[Privilege], account: Account) -> list[str]:
    """Return the GRANT statements, one per table."""
    return [f"GRANT {names} ON {on} TO {account}" for on, names in _by_object(privileges)]


def revoke(privileges: Iterable[Privilege], account: Account) -> list[str]:
    """Return the REVOKE statements, one per table, database or server."""
    return [f"REVOKE {names} ON {on} FROM {account}" for on, names in _by_object(privileges)]


def _by_object(privileges: Iterable[Privilege]) -> list[tuple[str, str]]:
    """Return (object, comma-separated privileges) in SQL for each object."""
    objects = groupby(sorted(privileges), key=lambda privilege: privilege.on)
    return [(on, ", ".join(_privilege_names(list(group)))) for on, group in objects]


def _privilege_names(privileges: list[Privilege]) -> list[str]:
    names = []
    for name, group in groupby(privileges, key=lambda privilege: privilege.name):
        columns = [privilege.column for privilege in group]
        if "" in columns:
            names.append(name)
        if columns := [quote_identifier(column) for column in columns if column]:
            names.append(f"{name} ({', '.join(columns)})")
    return names
