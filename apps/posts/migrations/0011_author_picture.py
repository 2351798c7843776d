"""The picture of an author, and their other places on the web."""

import django.db.models.deletion
from django.db import migrations, models

import apps.posts.models


class Migration(migrations.Migration):
    dependencies = [("media", "0002_groups"), ("posts", "0010_scheduled_updates")]

    operations = [
        migrations.AlterModelOptions(
            "postalias", {"verbose_name": "old address", "verbose_name_plural": "old addresses"}
        ),
        migrations.AddField(
            "author",
            "links",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Where else to find this person: addresses of pages, one per line.",
                max_length=2000,
                validators=[apps.posts.models.validate_profile_links],
                verbose_name="links",
            ),
        ),
        migrations.AddField(
            "author",
            "picture",
            models.ForeignKey(
                blank=True,
                help_text="On the author's page and at the foot of their posts.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="portraits",
                to="media.image",
                verbose_name="picture",
            ),
        ),
    ]
