from django.apps import AppConfig


class PostsConfig(AppConfig):
    """What a blog is: posts, tags and authors."""

    name = "apps.posts"
    label = "posts"
    verbose_name = "Blog"
