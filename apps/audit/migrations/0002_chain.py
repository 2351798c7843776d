"""The columns of the chain and its only row, and who acted with which token, in which role and release."""

from django.conf import settings
from django.db import migrations, models


def create_row(apps, schema_editor):
    apps.get_model("audit", "AuditChain").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("trimmed_position", models.PositiveBigIntegerField(default=0)),
                ("trimmed_digest", models.CharField(blank=True, default="", max_length=64)),
                ("seal", models.CharField(blank=True, default="", max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="auditentry",
            name="digest",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="digest"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="position",
            field=models.PositiveBigIntegerField(db_index=True, null=True, verbose_name="position"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="release",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="release"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="role",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="role"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="token",
            field=models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="token"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("changed", "Changed"),
                    ("deleted", "Deleted"),
                    ("account", "Account changed"),
                    ("command", "Command"),
                    ("logged_in", "Logged in"),
                    ("logged_out", "Logged out"),
                    ("login_failed", "Login failed"),
                    ("locked_out", "Locked out"),
                ],
                max_length=20,
                verbose_name="action",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["token", "at", "id"], name="audit_by_token"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["role", "at", "id"], name="audit_by_role"),
        ),
        migrations.RunPython(create_row, migrations.RunPython.noop),
    ]
