"""Refuse migrations that break the release which is still running while they are applied.

During a rollout the old release works on the new schema. So a migration may only add: tables, columns that may be NULL
or that have a default in the database (`db_default`). Removing or renaming a column or table, or narrowing a type, has to
wait until no running release uses it, and has to be declared: `contract = "why no running release needs it"` in the
Migration class. Initial migrations (`initial = True`) are not checked.

The SQL for MySQL is generated without a server and checked by django-migration-linter, one operation at a time, so that
the default of one column does not hide the missing default of another. Usage: python tools/migrations.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")

import django
from django.apps import apps
from django.db import DatabaseError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.mysql.base import DatabaseWrapper
from django.db.backends.mysql.schema import DatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.mysql import MySqlAnalyser

SERVER = {
    "version": "8.4.0",
    "sql_mode": "TRADITIONAL",
    "default_storage_engine": "InnoDB",
    "sql_auto_is_null": False,
    "lower_case_table_names": False,
    "has_zoneinfo_database": True,
}
"""The properties that Django queries from a server before it generates SQL."""


class SchemaEditor(DatabaseSchemaEditor):
    """MySQL's schema editor without a connection."""

    def quote_value(self, value: object) -> str:
        """Return a literal; it is never executed."""
        return f"'{value}'"

    def _field_should_be_indexed(self, model: type[Model], field: Field) -> bool:
        # MySQL's version queries the storage engine to skip redundant indexes; an additional index does no harm here.
        return BaseDatabaseSchemaEditor._field_should_be_indexed(self, model, field)


def mysql() -> DatabaseWrapper:
    """Return a connection object that generates SQL for MySQL and never connects."""
    settings = {"NAME": "", "USER": "", "PASSWORD": "", "HOST": "127.0.0.1", "PORT": 1, "OPTIONS": {}}
    defaults = {"TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True}
    connection = DatabaseWrapper({"ENGINE": "django.db.backends.mysql", **settings, **defaults})
    connection.mysql_server_data, connection.SchemaEditorClass = SERVER, SchemaEditor
    return connection


def own_migrations(loader: MigrationLoader) -> Iterator[Migration]:
    """Yield the migrations of this project's apps in the order in which they are applied, each once."""
    own = {config.label for config in apps.get_app_configs() if "site-packages" not in Path(config.path).parts}
    seen = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for key in loader.graph.forwards_plan(leaf):
            if key[0] in own and key not in seen:
                seen.add(key)
                yield loader.graph.nodes[key]


def problems(migration: Migration, loader: MigrationLoader, connection: DatabaseWrapper) -> Iterator[str]:
    """Yield a sentence for each problem that a migration causes for the release before it."""
    contract = getattr(migration, "contract", None)
    if contract is not None and not (isinstance(contract, str) and contract.strip()):
        yield "contract has to say, in a sentence, why nothing that runs needs what is taken away"
    if migration.initial or contract:
        return
    state = loader.project_state((migration.app_label, migration.name), at_end=False)
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        # RunPython cannot be checked; it usually changes only rows.
        if operation.reduces_to_sql:
            for problem in _operation_problems(operation, migration.app_label, before, state, connection):
                yield f"{operation.describe()}: {problem}"


def _operation_problems(
    operation: Operation, label: str, before: ProjectState, after: ProjectState, connection: DatabaseWrapper
) -> list[str]:
    try:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(label, editor, before, after)
    except DatabaseError:
        return ["needs the names that a database gave, so it cannot be judged without one"]
    errors, _ignored, warnings = analyse_sql_statements(MySqlAnalyser, editor.collected_sql)
    return list(dict.fromkeys(issue.message for issue in [*errors, *warnings]))


def main() -> None:
    """Check every migration; exit with 1 if one would break the running release."""
    django.setup()
    loader, connection = MigrationLoader(None), mysql()
    migrations = list(own_migrations(loader))
    found = [
        f"{migration.app_label}.{migration.name}: {problem}"
        for migration in migrations
        for problem in problems(migration, loader, connection)
    ]
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        sys.exit("The release that still runs would break. CONTRIBUTING.md, “Migrations”, says what to do instead.")
    print(f"{len(migrations)} migrations break nothing.")


if __name__ == "__main__":
    main()
