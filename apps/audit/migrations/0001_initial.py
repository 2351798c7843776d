"""The model of the audit entries moves here from the app `accounts`; its table stays as it is."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="time")),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("added", "Added"),
                                    ("changed", "Changed"),
                                    ("deleted", "Deleted"),
                                    ("logged_in", "Logged in"),
                                    ("logged_out", "Logged out"),
                                    ("login_failed", "Login failed"),
                                    ("locked_out", "Locked out"),
                                ],
                                max_length=20,
                                verbose_name="action",
                            ),
                        ),
                        ("username", models.CharField(max_length=150, verbose_name="user name")),
                        ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                        ("request_id", models.CharField(max_length=64, verbose_name="request")),
                        ("model", models.CharField(blank=True, max_length=100, verbose_name="kind")),
                        ("object_id", models.CharField(blank=True, max_length=64)),
                        ("object_name", models.CharField(blank=True, max_length=200, verbose_name="object")),
                        ("message", models.TextField(blank=True, verbose_name="what")),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "audit entry",
                        "verbose_name_plural": "audit entries",
                        "default_permissions": ("view",),
                        "db_table": "accounts_auditentry",
                        "indexes": [
                            models.Index(fields=["at", "id"], name="audit_by_time"),
                            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
                            models.Index(fields=["model", "at", "id"], name="audit_by_model"),
                            models.Index(fields=["username", "at", "id"], name="audit_by_username"),
                            models.Index(fields=["address", "at", "id"], name="audit_by_address"),
                            models.Index(fields=["request_id"], name="audit_by_request"),
                        ],
                    },
                ),
            ]
        ),
    ]
