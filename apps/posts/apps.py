from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Posts, tags and authors."""

    name = "apps.posts"
    label = "posts"
    verbose_name = "Blog"

    def ready(self) -> None:
        """Register what the change feed tells of posts."""
        from . import changes  # noqa: F401  (Models cannot be imported before the apps are ready.)
