"""The user groups of authors, editors and administrators: each app grants them permissions in a migration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.apps.registry import Apps
from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def grant(permissions: Mapping[str, Mapping[str, Sequence[str]]]) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """Return a function for `RunPython` that adds permissions to groups, and creates missing groups.

    `permissions` has codenames such as `add_post` by group name and app label.
    """

    def add_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
        for name, by_app in permissions.items():
            group, _ = group_model.objects.get_or_create(name=name)
            for label, codenames in by_app.items():
                # Django creates permissions after all migrations, which is too late to add them to groups here.
                create_permissions(installed.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
                group.permissions.add(
                    *permission_model.objects.filter(content_type__app_label=label, codename__in=codenames)
                )

    return add_permissions
