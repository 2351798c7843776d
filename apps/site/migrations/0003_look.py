"""The look of the site, its picture for shares, and its own stylesheet."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.site.models


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0002_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stylesheet",
            fields=[
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="stylesheet",
                        serialize=False,
                        to="site.site",
                    ),
                ),
                ("css", models.TextField(verbose_name="stylesheet")),
            ],
            options={
                "verbose_name": "stylesheet",
                "verbose_name_plural": "stylesheets",
            },
        ),
        migrations.AddField(
            model_name="site",
            name="accent",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of links under the pointer, of marks and of headings of parts. Left empty, it is a dark red.",
                max_length=7,
                validators=[apps.site.models.validate_colour],
                verbose_name="accent colour",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="code_colours",
            field=models.CharField(
                choices=[
                    ("paper", "In colours, on the paper"),
                    ("plain", "In one colour, on the paper"),
                    ("night", "In colours, always on dark ground"),
                ],
                db_default="paper",
                default="paper",
                help_text="How programs in texts are coloured.",
                max_length=10,
                verbose_name="blocks of code",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="dates",
            field=models.CharField(
                choices=[("long", "Long: March 1, 2026"), ("short", "Short: 1 Mar 2026"), ("iso", "ISO: 2026-03-01")],
                db_default="long",
                default="long",
                help_text="Long and short ones are written as the language of the page writes them.",
                max_length=10,
                verbose_name="dates",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="front_page",
            field=models.CharField(
                choices=[
                    ("paper", "A newspaper: one large post, then two columns"),
                    ("list", "A list: one post below the other"),
                    ("grid", "A magazine: a grid of pictures"),
                ],
                db_default="paper",
                default="paper",
                help_text="How the newest posts are laid out. It begins with the newest one that is featured, if there is one.",
                max_length=10,
                verbose_name="front page",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="masthead",
            field=models.CharField(
                choices=[
                    ("logo", "The logo or, without one, the name"),
                    ("both", "The logo and the name"),
                    ("name", "The name"),
                ],
                db_default="logo",
                default="logo",
                help_text="What stands there for the site.",
                max_length=10,
                verbose_name="at the top of each page",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="masthead_side",
            field=models.CharField(
                choices=[("centre", "In the middle"), ("start", "Where lines begin")],
                db_default="centre",
                default="centre",
                help_text="The name, the logo and the tagline.",
                max_length=10,
                verbose_name="it stands",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="scheme",
            field=models.CharField(
                choices=[("system", "As the reader's device is set"), ("light", "Light"), ("dark", "Dark")],
                db_default="system",
                default="system",
                help_text="Until a reader chooses otherwise at the top of the page.",
                max_length=10,
                verbose_name="light or dark",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="share_image",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What other sites show beside a link to a page without a picture. Left empty, it is the logo.",
                max_length=500,
                validators=[apps.site.models.validate_address],
                verbose_name="picture for shares",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="stylesheet_digest",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="site",
            name="typefaces",
            field=models.CharField(
                choices=[
                    ("bundled", "The typefaces that come with the site"),
                    ("serif", "The reader's own serif: nothing is loaded"),
                    ("sans", "The reader's own sans serif: nothing is loaded"),
                ],
                db_default="bundled",
                default="bundled",
                help_text="Of texts and headings. In scripts that these lack, such as Chinese or Arabic, the reader’s own are used.",
                max_length=10,
                verbose_name="typefaces",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="width",
            field=models.CharField(
                choices=[("narrow", "Narrow"), ("normal", "Normal"), ("wide", "Wide")],
                db_default="normal",
                default="normal",
                help_text="How many letters a line of a post has: about 56, 65 or 72.",
                max_length=10,
                verbose_name="width of the text",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="comments",
            field=models.CharField(
                choices=[
                    ("off", "Off: nobody can comment, and no comments are shown"),
                    ("moderated", "Each comment waits for approval, but for those of trusted addresses"),
                    ("open", "Comments appear at once"),
                ],
                default="moderated",
                help_text="What becomes of what readers write below posts. A single post can be closed in its own settings.",
                max_length=10,
                verbose_name="comments",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="feed_text",
            field=models.CharField(
                choices=[("full", "The whole text"), ("summary", "The summary alone")],
                default="full",
                help_text="What feed readers get of each post.",
                max_length=10,
                verbose_name="feeds have",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="footer_text",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="At the foot of each page: plain text, without Markdown. Left empty, it is the name and the tagline.",
                max_length=300,
                verbose_name="text of the footer",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="language",
            field=models.CharField(
                blank=True,
                help_text="Of menus, dates and buttons, and of posts that do not say theirs: en, de or zh-Hant, say.",
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
        migrations.AlterField(
            model_name="site",
            name="logo",
            field=models.CharField(
                blank=True,
                help_text="A picture at the top of each page. The name is its text for who cannot see it.",
                max_length=500,
                validators=[apps.site.models.validate_address],
                verbose_name="logo",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="name",
            field=models.CharField(
                blank=True,
                help_text="At the top of each page, in titles, feeds and mails. Left empty, it is what you see in grey.",
                max_length=100,
                verbose_name="name",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="posts_per_page",
            field=models.PositiveSmallIntegerField(
                default=20,
                help_text="On the front page, on those of tags and authors, and in the search.",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)],
                verbose_name="posts per page",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="tagline",
            field=models.CharField(
                blank=True,
                help_text="A few words below the name. Left empty, it is what you see in grey.",
                max_length=200,
                verbose_name="tagline",
            ),
        ),
    ]
