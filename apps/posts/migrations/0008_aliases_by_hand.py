"""Editors may add an old address by hand; that they may see and delete them, 0003 says."""

from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_editors_add_aliases(apps, schema_editor):
    # Permissions are made after all migrations otherwise, too late to be given to anybody here.
    create_permissions(installed.get_app_config("posts"), verbosity=0, using=schema_editor.connection.alias)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    editors, _ = group_model.objects.get_or_create(name="Editors")
    allowed = permission_model.objects.filter(content_type__app_label="posts", codename="add_postalias")
    editors.permissions.add(*allowed)


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0007_version_origin"),
    ]

    operations = [migrations.RunPython(let_editors_add_aliases, migrations.RunPython.noop)]
