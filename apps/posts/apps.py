from django.apps import AppConfig
from django.db.backends.signals import connection_created


class PostsConfig(AppConfig):
    """Posts, tags and authors."""

    name = "apps.posts"
    label = "posts"
    verbose_name = "Blog"

    def ready(self) -> None:
        """Register what the change feed tells of posts, and the SQL function of the search index of SQLite."""
        from . import changes  # noqa: F401  (Models cannot be imported before the apps are ready.)
        from .folding import register_function

        connection_created.connect(register_function)
