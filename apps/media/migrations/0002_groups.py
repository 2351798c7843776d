"""What authors may do with the images that they uploaded, and editors and administrators with all."""

from django.db import migrations

from apps.core.groups import grant

OWN = ["view_image", "add_image", "change_image", "delete_image"]
EDITORS = [*OWN, "change_others_image"]
give = grant({"Authors": {"media": OWN}, "Editors": {"media": EDITORS}, "Administrators": {"media": EDITORS}})


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
