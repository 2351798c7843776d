"""A key of a tag's name, equal for names that look alike, so that no two tags are made of one name."""

from django.db import migrations, models

from apps.core.text import key_digest

BATCH = 500


def fill(apps, schema_editor) -> None:
    """Set the keys of all tags. Of tags that look alike, the oldest gets the key; the others keep NULL."""
    tags = apps.get_model("posts", "Tag").objects.using(schema_editor.connection.alias)
    taken, stale = set(), []
    for tag in tags.order_by("pk").only("pk", "name").iterator():
        key = key_digest(tag.name)
        if key not in taken:
            taken.add(key)
            tag.name_key = key
            stale.append(tag)
    tags.bulk_update(stale, ["name_key"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("posts", "0006_search_without_accents")]

    operations = [
        migrations.AddField("tag", "name_key", models.CharField(max_length=64, null=True, unique=True, editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
