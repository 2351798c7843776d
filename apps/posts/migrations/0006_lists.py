"""Editors' lists of a tag, an author, a kind or the trash read an index in their order; tags have former slugs."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

BATCH = 10_000
"""Posts whose links are dated by one statement: a statement may take ten seconds."""


def date_links(apps, schema_editor):
    post_model = apps.get_model("posts", "Post")
    last = post_model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    changed_at = Subquery(post_model.objects.filter(pk=OuterRef("post_id")).values("updated_at"))
    for first in range(0, last + 1, BATCH):
        for name in ("PostTag", "PostAuthor"):
            links = apps.get_model("posts", name).objects.filter(post_id__gte=first, post_id__lt=first + BATCH)
            links.update(changed_at=changed_at)


class Migration(migrations.Migration):
    # Each batch by itself: MySQL cannot roll back what comes before it anyway.
    atomic = False

    dependencies = [
        ("posts", "0005_post_by_language"),
    ]

    operations = [
        migrations.CreateModel(
            name="TagAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=120, unique=True, verbose_name="slug")),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="posts.tag",
                        verbose_name="tag",
                    ),
                ),
                ("former_id", models.PositiveBigIntegerField(db_index=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "alias of a tag",
                "verbose_name_plural": "aliases of tags",
            },
        ),
        migrations.AddField(
            model_name="historicalpostauthor",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name="historicalposttag",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name="postauthor",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name="posttag",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.RunPython(date_links, migrations.RunPython.noop, elidable=True),
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
            model_name="postauthor",
            index=models.Index(fields=["author", "changed_at", "post"], name="post_by_author_change"),
        ),
        migrations.AddIndex(
            model_name="posttag",
            index=models.Index(fields=["tag", "changed_at", "post"], name="post_by_tag_change"),
        ),
    ]
