import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("media", "0001_initial"),
        ("posts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="imageuse",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="image_uses", to="posts.post"
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["name"], name="image_by_name"),
        ),
        migrations.AddConstraint(
            model_name="imageuse",
            constraint=models.UniqueConstraint(fields=("image", "post"), name="image_use_once"),
        ),
    ]
