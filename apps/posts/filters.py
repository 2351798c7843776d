"""The filters of the API's lists. Each is answered from an index in the order of the list."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import NotAuthenticated

from apps.api.exceptions import InvalidParameters
from apps.api.filters import DateTimeFilter
from apps.core.validators import YEARS
from apps.site.models import current

from . import search
from .models import Author, Post, Tag

PUBLISHED, DRAFT, SCHEDULED, TRASHED, ANY = "published", "draft", "scheduled", "trashed", "any"
DEFAULT_ORDER = {PUBLISHED: "-published_at", SCHEDULED: "published_at"}
BY_CHANGE = "-updated_at"
MIN_DATE = datetime(YEARS[0], 1, 1, tzinfo=UTC)


def _choices(*values: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class PostFilter(FilterSet):
    """Filters and orders posts."""

    status = ChoiceFilter(
        choices=_choices(PUBLISHED, DRAFT, SCHEDULED, TRASHED, ANY),
        help_text=gettext_lazy(
            "“published” (the default) is what readers see. The others need a token, and show what its user may change;"
            " “any” is all but the trash."
        ),
    )
    kind = ChoiceFilter(
        choices=_choices(*Post.Kind.values),
        help_text=gettext_lazy("“post” is the default, unless “slug” is given."),
    )
    slug = CharFilter(help_text=gettext_lazy("The post or page with this slug."))
    tag = CharFilter(help_text=gettext_lazy("The slug of a tag, or one that it had before it was renamed or merged."))
    author = CharFilter(help_text=gettext_lazy("The slug of an author, or one that they had before."))
    language = CharFilter(
        help_text=gettext_lazy("A language, such as “de”; a post that does not say its own is in the site's.")
    )
    q = CharFilter(
        help_text=gettext_lazy(
            "Words that a published post must all have, in its title, its tags or its text: at most the 200 posts that"
            " fit them best, in the order of the list."
        )
    )
    published_after = DateTimeFilter(help_text=gettext_lazy("Published at or after this moment."))
    published_before = DateTimeFilter(help_text=gettext_lazy("Published before this moment."))
    updated_since = DateTimeFilter(
        help_text=gettext_lazy(
            "Written at or after this moment, the oldest first. A copy of the site follows `/api/v1/changes/` instead."
        )
    )
    ordering = ChoiceFilter(
        choices=_choices("-published_at", "published_at", "-updated_at", "updated_at"),
        help_text=gettext_lazy(
            "By date of publication (default, newest first), or of change. Drafts, the trash and “any” are ordered"
            " by change."
        ),
    )

    class Meta:
        model = Post
        fields = []

    def filter_queryset(self, posts: QuerySet) -> QuerySet:
        """Return the filtered, ordered posts. Raises InvalidParameters and NotAuthenticated."""
        parameters = self.form.cleaned_data
        status, order = parameters["status"] or PUBLISHED, self._order(parameters)
        all_posts, posts = posts, self._with_status(posts, status)
        if parameters["slug"]:
            posts = posts.filter(slug=parameters["slug"])
        if parameters["kind"] or not parameters["slug"]:
            posts = posts.filter(kind=parameters["kind"] or Post.Kind.POST)
        if parameters["language"]:
            # A post without a language is in the site's.
            unset = [""] if parameters["language"] == current().language else []
            posts = posts.filter(language__in=[parameters["language"], *unset])
        ranges = {
            "published_at__gte": parameters["published_after"],
            "published_at__lt": parameters["published_before"],
            "updated_at__gte": parameters["updated_since"],
        }
        posts = posts.filter(**{lookup: value for lookup, value in ranges.items() if value})
        tag, author = self._by_slug(Tag, "tag"), self._by_slug(Author, "author")
        if parameters["q"]:
            posts = posts.filter(pk__in=self._search(parameters, status, tag, author))
        if (tag or author) and order.endswith("published_at"):
            posts = all_posts.each_in(posts)
        return self._ordered(posts, order, tag, author)

    def _order(self, parameters: dict) -> str:
        """Return the `order_by` term: a column, with `-` for descending. Raises InvalidParameters."""
        status = parameters["status"] or PUBLISHED
        by_change = status not in DEFAULT_ORDER or parameters["updated_since"]
        default = "updated_at" if parameters["updated_since"] else DEFAULT_ORDER.get(status, BY_CHANGE)
        if by_change and parameters["ordering"].endswith("published_at"):
            message = _("With status “%s” or “updated_since” it is “updated_at” or “-updated_at”.") % status
            raise InvalidParameters({"ordering": [message]})
        return parameters["ordering"] or default

    def _with_status(self, posts: QuerySet, status: str) -> QuerySet:
        if status == PUBLISHED:
            return posts.published()
        if not self.request.user.is_authenticated:
            raise NotAuthenticated
        posts = posts.editable_by(self.request.user)
        if status == TRASHED:
            return posts.filter(trashed_at__isnull=False)
        posts = posts.filter(trashed_at__isnull=True)
        if status == SCHEDULED:
            return posts.filter(status=Post.Status.PUBLISHED, published_at__gt=timezone.now())
        return posts if status == ANY else posts.filter(status=Post.Status.DRAFT)

    @staticmethod
    def _search(parameters: dict, status: str, tag: Tag | None, author: Author | None) -> list[int]:
        """Search among the posts of the tag, author and dates; return their ids. Raises InvalidParameters."""
        if status != PUBLISHED:
            raise InvalidParameters({"q": [_("Only what is published can be searched: leave “status” out.")]})
        if search.is_too_long(parameters["q"]):
            message = _(
                "It has at most %(words)s words and %(characters)s characters, and no word more than %(longest)s."
            )
            limits = {"words": search.WORD_LIMIT, "characters": search.QUERY_LIMIT, "longest": search.MAX_WORD_LENGTH}
            raise InvalidParameters({"q": [message % limits]})
        after, before = parameters["published_after"], parameters["published_before"]
        span = (after or MIN_DATE, before or timezone.now()) if after or before else None
        return search.find(parameters["q"], search.Scope(tag, author, span)).ids

    def _by_slug(self, model: type[Tag] | type[Author], parameter: str) -> Tag | Author | None:
        """Return the tag or author whose slug a parameter has, or None without it. Raises InvalidParameters.

        This is a query of its own so that the list needs no join.
        """
        slug = self.form.cleaned_data[parameter]
        row = model.objects.find_by_slug(slug) if slug else None
        if slug and row is None:
            message = _("There is no %(name)s with the slug “%(slug)s”.")
            raise InvalidParameters({parameter: [message % {"name": model._meta.verbose_name, "slug": slug}]})
        return row

    @staticmethod
    def _ordered(posts: QuerySet, order: str, tag: Tag | None, author: Author | None) -> QuerySet:
        """Filter by tag and author, and order by a date and the id.

        With a tag or an author, the order is that of the dates in the link table, so that one index is read in its
        order, as in `PostQuerySet.newest_first`.
        """
        if tag is not None:
            posts = posts.filter(tag_links__tag=tag)
        if author is not None:
            posts = posts.filter(author_links__author=author)
        sign, column = ("-", order[1:]) if order.startswith("-") else ("", order)
        link = "tag_links" if tag is not None else "author_links" if author is not None else ""
        if link and column == "published_at":
            posts = posts.annotate(listed_at=F(f"{link}__listed_at"), listed_id=F(f"{link}__post_id"))
            return posts.order_by(f"{sign}listed_at", f"{sign}listed_id")
        return posts.order_by(order, f"{sign}id")


class SlugFilter(FilterSet):
    """Filters tags and authors by slug."""

    slug = CharFilter(help_text=gettext_lazy("The one with this slug."))
