"""Editors and administrators change the site's settings."""

from django.db import migrations

from apps.core.groups import grant

EDITORS = ["view_site", "change_site"]
give = grant({"Editors": {"site": EDITORS}, "Administrators": {"site": EDITORS}})


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
