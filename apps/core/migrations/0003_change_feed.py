"""The rows of the change feed, and how far they were trimmed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_content_generation")]

    operations = [
        migrations.AddField(
            model_name="contentgeneration",
            name="trimmed",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="contentgeneration",
            name="trimmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("object_id", models.PositiveBigIntegerField(null=True)),
                ("object_ids", models.JSONField(null=True)),
                ("parent_id", models.PositiveBigIntegerField(null=True)),
                ("version", models.PositiveIntegerField(null=True)),
                ("event", models.CharField(max_length=10)),
                ("spreads", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("visible_at", models.DateTimeField(null=True)),
                ("was_visible_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "visible_at", "id"], name="change_by_visibility"),
                    models.Index(fields=["kind", "object_id", "id"], name="change_by_object"),
                ],
            },
        ),
    ]
