"""Whether a post's quotation marks, dashes and spaces are set as its language has them."""

from django.db import migrations, models


def field():
    """Return the field, which the post and its history have alike."""
    return models.BooleanField(
        "typography",
        db_default=True,
        default=True,
        help_text="Whether “quotes”, dashes and spaces are set as the language has them; the text stays as typed.",
    )


class Migration(migrations.Migration):
    dependencies = [("posts", "0012_post_is_featured")]

    operations = [
        migrations.AddField("post", "typography", field()),
        migrations.AddField("historicalpost", "typography", field()),
    ]
