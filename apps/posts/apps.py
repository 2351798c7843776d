from django.apps import AppConfig


class PostsConfig(AppConfig):
    """What a blog is: posts, tags and authors."""

    name = "apps.posts"
    label = "posts"
    verbose_name = "Blog"

    def ready(self) -> None:
        """Register the system checks: this app is in every role, so they are too."""
        from blog_project import checks  # noqa: F401
