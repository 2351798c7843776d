"""Featured posts: the newest of them leads the front page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0002_groups"),
        ("posts", "0011_author_picture"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalpost",
            name="is_featured",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The newest featured post is the first one of the front page.",
                verbose_name="featured",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="is_featured",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The newest featured post is the first one of the front page.",
                verbose_name="featured",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["is_featured", "kind", "status", "trashed_at", "published_at", "id"], name="post_featured"
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["is_featured", "trashed_at", "updated_at", "id"], name="post_featured_by_change"
            ),
        ),
    ]
