"""What a role's database user may do, table by table and column by column: `roles.py`'s groups spelled out.

Every table belongs to exactly one group, so nothing is granted by accident. A part of a group (`posts:public`) is
a list of columns, so that a new column is not granted by accident either. Direct grants in words that MySQL and
MariaDB share; needs every app to be installed (`ROLE=all`).
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
from apps.posts.models import Author
from apps.posts.post_fields import PAGE_FIELDS
from blog_project import roles

GROUPS: dict[str, tuple[str, ...]] = {
    "posts": ("posts.Post",),
    "tags": ("posts.Tag",),
    "authors": ("posts.Author",),
    "tag_links": ("posts.PostTag",),
    "author_links": ("posts.PostAuthor",),
    "aliases": ("posts.PostAlias",),
    "tag_aliases": ("posts.TagAlias",),
    "search": ("posts.SearchDocument",),
    "site": ("site.Site", "site.Link"),
    "comments": ("comments.Comment",),
    "images": ("media.Image",),
    "image_uses": ("posts.ImageUse",),
    "generation": ("core.ContentGeneration",),
    "history": ("posts.HistoricalPost", "posts.HistoricalPostTag", "posts.HistoricalPostAuthor"),
    "tokens": ("api.ApiToken",),
    "keys": ("api.IdempotencyKey",),
    "users": ("auth.User",),
    "groups": ("auth.Group", "auth.Group_permissions", "auth.User_groups", "auth.User_user_permissions"),
    "permissions": ("auth.Permission",),
    "desk": ("admin.LogEntry", "sessions.Session", "posts.PreviewLink", "editor.Autosave"),
    "audit": ("accounts.AuditEntry",),
    "logins": ("axes.AccessAttempt", "axes.AccessAttemptExpiration", "axes.AccessFailureLog", "axes.AccessLog"),
    # What a process reads to see that every migration is applied. (That of migrations is no model of an app.)
    "schema": ("contenttypes.ContentType", "migrations.Migration"),
}
"""The tables of each group, by their models."""

PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "posts:public": {"posts.Post": PAGE_FIELDS},
    "posts:trash": {"posts.Post": ("trashed_at", "address_was_public", "updated_at", "version")},
    "authors:public": {"posts.Author": Author.PUBLIC},
    "comments:public": {"comments.Comment": Comment.PUBLIC},
    "comments:notify": {"comments.Comment": ("notify",)},
    "comments:trash": {"comments.Comment": ("status", "version")},
    "search:tags": {"posts.SearchDocument": ("tags",)},
    "tag_links:changed": {"posts.PostTag": ("changed_at",)},
    "author_links:changed": {"posts.PostAuthor": ("changed_at",)},
    "images:public": {"media.Image": Image.PUBLIC},
    "images:described": {"media.Image": (*Image.DESCRIBED, "version")},
    "keys:answer": {"api.IdempotencyKey": IdempotencyKey.ANSWER},
    "users:rights": {"auth.User": ("id", "is_active", "is_superuser")},
    "audit:user": {"accounts.AuditEntry": ("user",)},
    "history:user": {"posts.HistoricalPost": ("history_user",)},
}
"""Some fields of a group's models."""

MIGRATION_USER = {
    "database": (
        *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"),
        "GRANT OPTION",
    ),
    "server": ("CREATE USER",),
}
"""What the user needs who migrates and makes the others; somebody else has to make it."""


class Privilege(NamedTuple):
    """One privilege: on a table, or on one column of it; of what a server reports also on all of a database."""

    on: str
    """As SQL names it: `` `database`.`table` ``, `` `database`.* `` or `*.*`."""
    name: str
    column: str = ""


class Account(NamedTuple):
    """A database user."""

    user: str
    host: str

    def __str__(self) -> str:
        return f"{quoted(self.user)}@{quoted(self.host)}"


def quoted(text: str) -> str:
    """Return a string literal of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def named(name: str) -> str:
    """Return an identifier of SQL."""
    return "`" + name.replace("`", "``") + "`"


def model_of(label: str) -> type[Model]:
    """Return the model of a label of `GROUPS`."""
    return MigrationRecorder.Migration if label == "migrations.Migration" else apps.get_model(label)


def ungrouped() -> list[str]:
    """Return the models that are in no group: nobody but the migration user could read their tables."""
    grouped = {model_of(label) for labels in GROUPS.values() for label in labels}
    return sorted(model._meta.label for model in apps.get_models(include_auto_created=True) if model not in grouped)


def needed(of: Iterable[roles.Role], database: str) -> set[Privilege]:
    """Return what the user of a process of these roles may do, and no more."""
    privileges = {
        Privilege(f"{named(database)}.{named(model._meta.db_table)}", name, column)
        for role in of
        for name, groups in roles.TABLE[role].grants.items()
        for group in groups
        for model, columns in _tables(group)
        for column in columns
    }
    # Of several roles one may have the whole table, where another has some columns.
    return {one for one in privileges if not one.column or one._replace(column="") not in privileges}


def _tables(group: str) -> list[tuple[type[Model], tuple[str, ...]]]:
    """Return the tables of a group with its columns, or with "" for all of them."""
    if group in PARTS:
        tables = [(model_of(label), fields) for label, fields in PARTS[group].items()]
        return [(model, tuple(model._meta.get_field(name).column for name in fields)) for model, fields in tables]
    return [(model_of(label), ("",)) for label in GROUPS[group]]


def grant(privileges: Iterable[Privilege], account: Account) -> list[str]:
    """Return the statements that grant these, one per table."""
    return [f"GRANT {what} ON {on} TO {account}" for on, what in _by_place(privileges)]


def revoke(privileges: Iterable[Privilege], account: Account) -> list[str]:
    """Return the statements that revoke these, one per table, database or server."""
    return [f"REVOKE {what} ON {on} FROM {account}" for on, what in _by_place(privileges)]


def _by_place(privileges: Iterable[Privilege]) -> list[tuple[str, str]]:
    """Return (place, list of privileges as SQL has it) for each place."""
    places = groupby(sorted(privileges), key=lambda privilege: privilege.on)
    return [(on, ", ".join(_listed(list(those)))) for on, those in places]


def _listed(privileges: list[Privilege]) -> list[str]:
    names = []
    for name, those in groupby(privileges, key=lambda privilege: privilege.name):
        columns = [privilege.column for privilege in those]
        if "" in columns:
            names.append(name)
        if columns := [named(column) for column in columns if column]:
            names.append(f"{name} ({', '.join(columns)})")
    return names
