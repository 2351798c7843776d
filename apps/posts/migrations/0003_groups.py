"""What authors, editors and administrators may do with posts, tags, authors and old addresses."""

from django.db import migrations

from apps.core.groups import grant

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
    "add_postalias",
    "delete_postalias",
]
give = grant({"Authors": {"posts": AUTHORS}, "Editors": {"posts": EDITORS}, "Administrators": {"posts": EDITORS}})


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0002_search_index"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
