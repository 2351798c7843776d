import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("posts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("depth", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("thread", models.CharField(editable=False, max_length=72)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "email",
                    models.EmailField(blank=True, help_text="Never shown.", max_length=254, verbose_name="e-mail"),
                ),
                (
                    "website",
                    models.URLField(
                        blank=True,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="website",
                    ),
                ),
                ("body", models.TextField(max_length=5000, verbose_name="comment")),
                ("body_html", models.TextField(blank=True, editable=False)),
                (
                    "notify",
                    models.BooleanField(
                        default=False, help_text="Whether they want answers by e-mail.", verbose_name="mail answers"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("approved", "Approved"),
                            ("spam", "Spam"),
                            ("trash", "In the trash"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "is_trusted",
                    models.BooleanField(
                        default=False,
                        help_text="Its later comments appear at once, whatever name they bear and wherever they link to.",
                        verbose_name="trust this e-mail address",
                    ),
                ),
                ("announced", models.BooleanField(default=False, editable=False)),
                ("address", models.GenericIPAddressField(editable=False, null=True, verbose_name="IP address")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="date"),
                ),
                ("source_id", models.CharField(editable=False, max_length=190, null=True)),
                (
                    "source_state",
                    models.CharField(blank=True, db_default="", default="", editable=False, max_length=40),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to="comments.comment",
                        verbose_name="answer to",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="posts.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="comments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "comment",
                "verbose_name_plural": "comments",
                "indexes": [
                    models.Index(fields=["post", "status", "thread", "id"], name="comment_in_thread"),
                    models.Index(fields=["status", "id"], name="comment_by_status"),
                    models.Index(fields=["email", "status", "id"], name="comment_by_email"),
                    models.Index(fields=["address", "created_at"], name="comment_by_address"),
                    models.Index(fields=["source_id"], name="comment_by_source"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["pending", "approved", "spam", "trash"])),
                        name="comment_status_known",
                    )
                ],
            },
        ),
    ]
