"""Editors change the site's settings."""

from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_editors_change_the_site(apps, schema_editor):
    # Permissions are made after all migrations otherwise, too late to be given to anybody here.
    create_permissions(installed.get_app_config("site"), verbosity=0, using=schema_editor.connection.alias)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    editors, _ = group_model.objects.get_or_create(name="Editors")
    codenames = ["view_site", "change_site"]
    editors.permissions.add(*permission_model.objects.filter(content_type__app_label="site", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0001_initial"),
        ("posts", "0003_groups"),
    ]

    operations = [migrations.RunPython(let_editors_change_the_site, migrations.RunPython.noop)]
