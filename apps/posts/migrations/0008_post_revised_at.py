"""When a post last changed for readers, where that is not its last change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0007_tag_name_key")]

    operations = [migrations.AddField("post", "revised_at", models.DateTimeField(null=True, editable=False))]
