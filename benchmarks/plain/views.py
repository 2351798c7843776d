"""The views of the plain blog: lists of posts, and a post."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.views.generic import DetailView, ListView, TemplateView

from .models import Post


class Home(ListView):
    """The newest posts."""

    template_name = "plain/home.html"
    context_object_name = "posts"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Post]:
        """Return the published posts with author and tags."""
        return _published().select_related("author").prefetch_related("tags")


class Tagged(Home):
    """The newest posts of a tag."""

    def get_queryset(self) -> QuerySet[Post]:
        """Return the published posts with the tag."""
        return super().get_queryset().filter(tags__slug=self.kwargs["slug"])


class Detail(DetailView):
    """A post, with links to the previous and the next one."""

    template_name = "plain/post.html"
    context_object_name = "post"

    def get_queryset(self) -> QuerySet[Post]:
        """Return the published posts with author and tags."""
        return _published().select_related("author").prefetch_related("tags")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the previous and the next post by date."""
        post, published = self.object, _published()
        return super().get_context_data(
            earlier=published.filter(published_at__lt=post.published_at).first(),
            later=published.filter(published_at__gt=post.published_at).order_by("published_at").first(),
            **kwargs,
        )


class About(TemplateView):
    """A page without queries, the readiness probe of the benchmark."""

    template_name = "plain/base.html"


def _published() -> QuerySet[Post]:
    return Post.objects.filter(published_at__lte=timezone.now())
