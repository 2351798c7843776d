"""A picture that stands for a post."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
        ("posts", "0008_aliases_by_hand"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalpost",
            name="cover_image",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Stands for the post in lists, feeds and links to it. Without one, that is the text's first picture.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="media.image",
                verbose_name="cover image",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="cover_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Stands for the post in lists, feeds and links to it. Without one, that is the text's first picture.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts_with_it_as_cover",
                to="media.image",
                verbose_name="cover image",
            ),
        ),
    ]
