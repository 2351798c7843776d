"""What authors, editors and administrators may do with series: the same as with tags."""

from django.db import migrations

from apps.core.groups import grant

AUTHORS = ["view_series", "add_series"]
EDITORS = [*AUTHORS, "change_series", "delete_series"]
give = grant({"Authors": {"posts": AUTHORS}, "Editors": {"posts": EDITORS}, "Administrators": {"posts": EDITORS}})


class Migration(migrations.Migration):
    dependencies = [("posts", "0014_series")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
