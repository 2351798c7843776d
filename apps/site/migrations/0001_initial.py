import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.site.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        help_text="Left empty, it is that of the environment (SITE_NAME).",
                        max_length=100,
                        verbose_name="name",
                    ),
                ),
                (
                    "tagline",
                    models.CharField(
                        blank=True,
                        help_text="A few words below the name. Left empty, it is that of the environment (SITE_TAGLINE).",
                        max_length=200,
                        verbose_name="tagline",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="Of the menus and of posts that do not say theirs, such as en or de. Left empty, it is that of the environment (LANGUAGE_CODE).",
                        max_length=35,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\\Z",
                                "A language is a tag such as en, de or zh-Hant (BCP 47).",
                            )
                        ],
                        verbose_name="language",
                    ),
                ),
                (
                    "logo",
                    models.CharField(
                        blank=True,
                        help_text="The address of an image, shown in place of the name; the name is its text for who cannot see it.",
                        max_length=500,
                        validators=[apps.site.models.validate_address],
                        verbose_name="logo",
                    ),
                ),
                (
                    "footer_text",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Left empty, it is the name and the tagline.",
                        max_length=300,
                        verbose_name="text of the footer",
                    ),
                ),
                (
                    "posts_per_page",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="posts per page",
                    ),
                ),
                (
                    "feed_text",
                    models.CharField(
                        choices=[("full", "The whole text"), ("summary", "The summary alone")],
                        default="full",
                        max_length=10,
                        verbose_name="feeds have",
                    ),
                ),
                (
                    "comments",
                    models.CharField(
                        choices=[
                            ("off", "Off: nobody can comment, and no comments are shown"),
                            ("moderated", "Each comment waits for approval, but for those of trusted addresses"),
                            ("open", "Comments appear at once"),
                        ],
                        default="moderated",
                        max_length=10,
                        verbose_name="comments",
                    ),
                ),
                (
                    "comments_close_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Days after a post's publication; 0 is never.",
                        validators=[django.core.validators.MaxValueValidator(30000)],
                        verbose_name="comments close after",
                    ),
                ),
            ],
            options={
                "verbose_name": "site settings",
                "verbose_name_plural": "site settings",
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "menu",
                    models.CharField(
                        choices=[("header", "Navigation"), ("footer", "Footer"), ("social", "Social (rel=me)")],
                        default="header",
                        max_length=10,
                        verbose_name="menu",
                    ),
                ),
                ("label", models.CharField(max_length=60, verbose_name="label")),
                (
                    "address",
                    models.CharField(
                        help_text="Such as /about/ or https://….",
                        max_length=500,
                        validators=[apps.site.models.validate_address],
                        verbose_name="address",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="The lowest comes first.",
                        validators=[django.core.validators.MaxValueValidator(1000)],
                        verbose_name="position",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="site.site"
                    ),
                ),
            ],
            options={
                "verbose_name": "link",
                "verbose_name_plural": "links",
                "ordering": ["menu", "position", "pk"],
            },
        ),
    ]
