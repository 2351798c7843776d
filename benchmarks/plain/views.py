"""A list and a post."""

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
        """Return what is published, with all that a list shows of it."""
        return _published().select_related("author").prefetch_related("tags")


class Tagged(Home):
    """The newest posts of a tag."""

    def get_queryset(self) -> QuerySet[Post]:
        """Return what is published and has the tag."""
        return super().get_queryset().filter(tags__slug=self.kwargs["slug"])


class Detail(DetailView):
    """A post, with the ones before and after it."""

    template_name = "plain/post.html"
    context_object_name = "post"

    def get_queryset(self) -> QuerySet[Post]:
        """Return what is published, with all that its page shows of it."""
        return _published().select_related("author").prefetch_related("tags")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the neighbours by date."""
        post, published = self.object, _published()
        return super().get_context_data(
            earlier=published.filter(published_at__lt=post.published_at).first(),
            later=published.filter(published_at__gt=post.published_at).order_by("published_at").first(),
            **kwargs,
        )


class About(TemplateView):
    """A page that needs no database, which tells that the server is up."""

    template_name = "plain/base.html"


def _published() -> QuerySet[Post]:
    return Post.objects.filter(published_at__lte=timezone.now())
