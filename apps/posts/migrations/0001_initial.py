import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import apps.core.history
import apps.posts.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("media", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("post", "Post"), ("page", "Page")], default="post", max_length=10, verbose_name="kind"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        blank=True,
                        help_text="The last part of the address. Left empty, it is made from the title.",
                        max_length=200,
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
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "summary",
                    models.TextField(
                        blank=True,
                        help_text="Shown in lists, feeds and previews of links.",
                        max_length=500,
                        verbose_name="summary",
                    ),
                ),
                (
                    "body",
                    models.TextField(
                        blank=True, validators=[apps.posts.models.validate_body_size], verbose_name="body"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="In the future: the post appears by itself then.",
                        null=True,
                        verbose_name="publication date",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Such as en, de or zh-Hant. Left empty, it is the site's.",
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
                    "comments_allowed",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Whether readers may comment, where the site's policy allows it.",
                        verbose_name="comments allowed",
                    ),
                ),
                ("seo_title", models.CharField(blank=True, max_length=200, verbose_name="title for search engines")),
                (
                    "seo_description",
                    models.CharField(blank=True, max_length=300, verbose_name="description for search engines"),
                ),
                (
                    "canonical_url",
                    models.URLField(
                        blank=True,
                        help_text="Where this text was first published, if elsewhere.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="canonical address",
                    ),
                ),
                ("body_html", models.TextField(blank=True, editable=False)),
                ("toc_html", models.TextField(blank=True, editable=False)),
                ("excerpt", models.TextField(blank=True, editable=False)),
                ("word_count", models.PositiveIntegerField(default=0, editable=False)),
                ("lead_image", models.CharField(blank=True, db_default="", default="", editable=False, max_length=500)),
                ("rendered_by", models.CharField(blank=True, editable=False, max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("trashed_at", models.DateTimeField(editable=False, null=True)),
                ("address_was_public", models.BooleanField(default=False, editable=False)),
                ("source_id", models.CharField(editable=False, max_length=190, null=True, unique=True)),
                (
                    "cover_image",
                    models.ForeignKey(
                        blank=True,
                        help_text="Stands for the post in lists, feeds and links to it. Without one, that is the text's first picture.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts_with_it_as_cover",
                        to="media.image",
                        verbose_name="cover image",
                    ),
                ),
                (
                    "translation_of",
                    models.ForeignKey(
                        blank=True,
                        help_text="The post that this is a translation of, where it was first written in another language.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="translations",
                        to="posts.post",
                        verbose_name="translation of",
                    ),
                ),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "permissions": [("change_others_post", "Can change posts of others")],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                (
                    "slug",
                    models.CharField(
                        blank=True,
                        max_length=120,
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
                ("description", models.TextField(blank=True, max_length=1000, verbose_name="description")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Author",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("name", models.CharField(max_length=150, verbose_name="name")),
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
                ("bio", models.TextField(blank=True, max_length=2000, verbose_name="biography")),
                (
                    "website",
                    models.URLField(
                        blank=True,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="website",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        help_text="Who may change this author's posts.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="author",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "author",
                "verbose_name_plural": "authors",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalPost",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "release",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default=apps.core.history.running_release,
                        editable=False,
                        max_length=64,
                    ),
                ),
                (
                    "program",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default=apps.core.history.running_program,
                        editable=False,
                        max_length=150,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("post", "Post"), ("page", "Page")], default="post", max_length=10, verbose_name="kind"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        help_text="The last part of the address. Left empty, it is made from the title.",
                        max_length=200,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(?:-[a-z0-9]+)*\\Z",
                                "A slug is made of a-z, 0-9 and single hyphens between them.",
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "summary",
                    models.TextField(
                        blank=True,
                        help_text="Shown in lists, feeds and previews of links.",
                        max_length=500,
                        verbose_name="summary",
                    ),
                ),
                (
                    "body",
                    models.TextField(
                        blank=True, validators=[apps.posts.models.validate_body_size], verbose_name="body"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="In the future: the post appears by itself then.",
                        null=True,
                        verbose_name="publication date",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Such as en, de or zh-Hant. Left empty, it is the site's.",
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
                    "comments_allowed",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Whether readers may comment, where the site's policy allows it.",
                        verbose_name="comments allowed",
                    ),
                ),
                ("seo_title", models.CharField(blank=True, max_length=200, verbose_name="title for search engines")),
                (
                    "seo_description",
                    models.CharField(blank=True, max_length=300, verbose_name="description for search engines"),
                ),
                (
                    "canonical_url",
                    models.URLField(
                        blank=True,
                        help_text="Where this text was first published, if elsewhere.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="canonical address",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("trashed_at", models.DateTimeField(editable=False, null=True)),
                ("address_was_public", models.BooleanField(default=False, editable=False)),
                ("source_id", models.CharField(db_index=True, editable=False, max_length=190, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "cover_image",
                    models.ForeignKey(
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
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "translation_of",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The post that this is a translation of, where it was first written in another language.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="posts.post",
                        verbose_name="translation of",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical post",
                "verbose_name_plural": "historical posts",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "post",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="posts.post",
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("tags", models.TextField(blank=True)),
                ("body", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="ImageUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "image",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="media.image",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="image_uses", to="posts.post"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalPostAuthor",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("listed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="posts.author",
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="posts.historicalpost"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="posts.post",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalPostAuthor",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PostAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=255, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="aliases", to="posts.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "alias",
                "verbose_name_plural": "aliases",
            },
        ),
        migrations.CreateModel(
            name="PostAuthor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("listed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="post_links",
                        to="posts.author",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="author_links", to="posts.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "author of the post",
                "verbose_name_plural": "authors of the post",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="post",
            name="authors",
            field=models.ManyToManyField(
                related_name="posts", through="posts.PostAuthor", to="posts.author", verbose_name="authors"
            ),
        ),
        migrations.CreateModel(
            name="PreviewLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="preview_links", to="posts.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "preview link",
                "verbose_name_plural": "preview links",
            },
        ),
        migrations.CreateModel(
            name="PostTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tag_links", to="posts.post"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="post_links",
                        to="posts.tag",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="post",
            name="tags",
            field=models.ManyToManyField(
                blank=True, related_name="posts", through="posts.PostTag", to="posts.tag", verbose_name="tags"
            ),
        ),
        migrations.CreateModel(
            name="HistoricalPostTag",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("listed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="posts.historicalpost"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="posts.post",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="posts.tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalPostTag",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="TagAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=120, unique=True, verbose_name="slug")),
                ("former_id", models.PositiveBigIntegerField(db_index=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="posts.tag",
                        verbose_name="tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "alias of a tag",
                "verbose_name_plural": "aliases of tags",
            },
        ),
        migrations.AddIndex(
            model_name="author",
            index=models.Index(fields=["name", "id"], name="author_by_name"),
        ),
        migrations.AddConstraint(
            model_name="imageuse",
            constraint=models.UniqueConstraint(fields=("image", "post"), name="image_use_once"),
        ),
        migrations.AddIndex(
            model_name="postauthor",
            index=models.Index(fields=["author", "listed_at", "post"], name="post_by_author"),
        ),
        migrations.AddIndex(
            model_name="postauthor",
            index=models.Index(fields=["author", "changed_at", "post"], name="post_by_author_change"),
        ),
        migrations.AddConstraint(
            model_name="postauthor",
            constraint=models.UniqueConstraint(fields=("post", "author"), name="post_author_once"),
        ),
        migrations.AddIndex(
            model_name="posttag",
            index=models.Index(fields=["tag", "listed_at", "post"], name="post_by_tag"),
        ),
        migrations.AddIndex(
            model_name="posttag",
            index=models.Index(fields=["tag", "changed_at", "post"], name="post_by_tag_change"),
        ),
        migrations.AddConstraint(
            model_name="posttag",
            constraint=models.UniqueConstraint(fields=("post", "tag"), name="post_tag_once"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["kind", "status", "trashed_at", "published_at", "id"], name="post_public"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["language", "kind", "status", "trashed_at", "published_at", "id"], name="post_by_language"
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["trashed_at", "updated_at", "id"], name="post_by_change"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["trashed_at", "status", "updated_at", "id"], name="post_by_status"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["updated_at", "id"], name="post_by_update"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["kind", "trashed_at", "updated_at", "id"], name="post_by_kind"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["trashed_at", "published_at", "id"], name="post_by_date"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["trashed_at", "id"], name="post_by_trashing"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["status", "trashed_at", "title"], name="post_by_state_title"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["title"], name="post_by_title"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "draft"), ("published_at__isnull", False), _connector="OR"),
                name="post_published_has_date",
                violation_error_message="A published post needs a publication date.",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["draft", "published"])), name="post_status_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["post", "page"])), name="post_kind_known"
            ),
        ),
    ]
