"""Who may do what with images: authors with what they uploaded, editors with all."""

from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

OWN = ["view_image", "add_image", "change_image", "delete_image"]
PERMISSIONS = {"Authors": OWN, "Editors": [*OWN, "change_others_image"]}


def grant_permissions(apps, schema_editor):
    # Permissions are made after all migrations otherwise, too late to be given to anybody here.
    create_permissions(installed.get_app_config("media"), verbosity=0, using=schema_editor.connection.alias)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in PERMISSIONS.items():
        group, _ = group_model.objects.get_or_create(name=name)
        own = permission_model.objects.filter(content_type__app_label="media", codename__in=codenames)
        group.permissions.add(*own)


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial"), ("posts", "0003_groups")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
