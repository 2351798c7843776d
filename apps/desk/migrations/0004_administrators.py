"""The group Administrators: what editors may do, and besides that users, groups, everybody's tokens, the audit trail."""

from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

PERMISSIONS = {
    "auth": [f"{action}_{model}" for model in ("user", "group") for action in ("view", "add", "change", "delete")],
    "api": ["view_apitoken", "add_apitoken"],
    "desk": ["view_auditentry"],
}


def create_administrators(apps, schema_editor):
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    administrators, _ = group_model.objects.get_or_create(name="Administrators")
    editors = group_model.objects.filter(name="Editors")
    administrators.permissions.add(*permission_model.objects.filter(group__in=editors))
    for label, codenames in PERMISSIONS.items():
        # Permissions are made after all migrations otherwise, too late to be given to anybody here.
        create_permissions(installed.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
        own = permission_model.objects.filter(content_type__app_label=label, codename__in=codenames)
        administrators.permissions.add(*own)


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0003_autosave"),
        ("api", "0001_initial"),
        ("comments", "0002_moderators"),
        ("media", "0002_groups"),
        ("posts", "0008_aliases_by_hand"),
        ("site", "0002_groups"),
    ]

    operations = [migrations.RunPython(create_administrators, migrations.RunPython.noop)]
