"""The permissions of authors, editors and administrators on comments: authors answer, editors moderate."""

from django.db import migrations

from apps.core.groups import grant

EDITORS = ["add_comment", "view_comment", "change_comment", "delete_comment"]
give = grant(
    {
        "Authors": {"comments": ["add_comment"]},
        "Editors": {"comments": EDITORS},
        "Administrators": {"comments": EDITORS},
    }
)


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
