"""Lists of one language read an index in their order, however few posts there are in it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0004_reading"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["language", "kind", "status", "trashed_at", "published_at", "id"], name="post_by_language"
            ),
        ),
    ]
