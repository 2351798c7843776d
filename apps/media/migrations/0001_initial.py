import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.media.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Image",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("name", models.CharField(editable=False, max_length=255, verbose_name="file name")),
                ("kind", models.CharField(editable=False, max_length=10, verbose_name="format")),
                ("width", models.PositiveIntegerField(editable=False, verbose_name="width")),
                ("height", models.PositiveIntegerField(editable=False, verbose_name="height")),
                ("size", models.PositiveIntegerField(editable=False, verbose_name="bytes")),
                ("files", models.JSONField(default=list, editable=False)),
                (
                    "alt",
                    models.CharField(
                        blank=True,
                        help_text="What it shows, for those who do not see it. The editor inserts it; a text can have its own.",
                        max_length=500,
                        verbose_name="alternative text",
                    ),
                ),
                (
                    "credit",
                    models.CharField(
                        blank=True,
                        help_text="Who made it, as it is to be shown beneath it.",
                        max_length=200,
                        verbose_name="credit",
                    ),
                ),
                (
                    "focal_x",
                    models.FloatField(
                        default=0.5,
                        help_text="What stays visible where it is cropped: 0 is the left edge, 1 the right one.",
                        validators=[apps.media.models.validate_share],
                        verbose_name="focal point, across",
                    ),
                ),
                (
                    "focal_y",
                    models.FloatField(
                        default=0.5,
                        help_text="0 is the upper edge, 1 the lower one.",
                        validators=[apps.media.models.validate_share],
                        verbose_name="focal point, down",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="uploaded"),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="images",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "image",
                "verbose_name_plural": "images",
                "permissions": [("change_others_image", "Can change images of others")],
                "indexes": [models.Index(fields=["name"], name="image_by_name")],
            },
        ),
    ]
