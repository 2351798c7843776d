"""Administrators change the site's own stylesheet."""

from django.db import migrations

from apps.core.groups import grant

give = grant({"Administrators": {"site": ["change_stylesheet"]}})


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0003_look"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
