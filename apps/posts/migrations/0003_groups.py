"""The groups Authors and Editors. Administrators are superusers."""

from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

AUTHORS = ["add_post", "change_post", "delete_post", "view_post", "view_tag", "add_tag", "view_author"]
EDITORS = [
    *AUTHORS,
    "change_others_post",
    "change_tag",
    "delete_tag",
    "add_author",
    "change_author",
    "delete_author",
    "view_postalias",
    "delete_postalias",
]


def create_groups(apps, schema_editor):
    # Permissions are made after all migrations otherwise, too late to be given to anybody here.
    create_permissions(installed.get_app_config("posts"), verbosity=0, using=schema_editor.connection.alias)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in [("Authors", AUTHORS), ("Editors", EDITORS)]:
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(*permission_model.objects.filter(content_type__app_label="posts", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0002_search_index"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
