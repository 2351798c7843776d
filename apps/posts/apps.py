from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Posts, tags and authors."""

    name = "apps.posts"
    label = "posts"
    verbose_name = "Blog"
