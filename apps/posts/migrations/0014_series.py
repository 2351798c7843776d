"""Series: posts that are read one after the other, each at its position."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0013_post_typography")]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("title", models.CharField(max_length=150, verbose_name="title")),
                ("title_key", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "slug",
                    models.CharField(
                        blank=True,
                        max_length=170,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(?:-[a-z0-9]+)*\\Z",
                                "A slug is made of a-z, 0-9 and single hyphens between them.",
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                ("description", models.TextField(blank=True, max_length=2000, verbose_name="description")),
            ],
            options={
                "verbose_name": "series",
                "verbose_name_plural": "series",
                "ordering": ["title", "pk"],
                "indexes": [models.Index(fields=["title", "id"], name="series_by_title")],
            },
        ),
        migrations.CreateModel(
            name="SeriesAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=170, unique=True, verbose_name="slug")),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="posts.series",
                        verbose_name="series",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "alias of a series",
                "verbose_name_plural": "aliases of series",
            },
        ),
        migrations.AddField(
            model_name="post",
            name="series",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Posts that are read one after the other. Each page leads to the next part.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="posts",
                to="posts.series",
                verbose_name="series",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="series_position",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="By it the parts are ordered; readers see them numbered from 1. Left empty, it is the last part.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10000),
                ],
                verbose_name="position in the series",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="series",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Posts that are read one after the other. Each page leads to the next part.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="posts.series",
                verbose_name="series",
            ),
        ),
        migrations.AddField(
            model_name="historicalpost",
            name="series_position",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="By it the parts are ordered; readers see them numbered from 1. Left empty, it is the last part.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10000),
                ],
                verbose_name="position in the series",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["series", "series_position", "id"], name="post_by_series"),
        ),
    ]
