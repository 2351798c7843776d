"""The filters of the API's lists. Each is answered from an index in the order of the list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter, Filter
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import NotAuthenticated

from apps.api.exceptions import InvalidParameters
from apps.api.filters import BooleanFilter, DateTimeFilter, IdListFilter, ListFilter
from apps.core.validators import YEARS
from apps.site.models import current

from . import search
from .models import READING_ORDER, Author, Post, Series, Tag

PUBLISHED, DRAFT, SCHEDULED, TRASHED, ANY = "published", "draft", "scheduled", "trashed", "any"
DEFAULT_ORDER = {PUBLISHED: "-published_at", SCHEDULED: "published_at"}
BY_CHANGE = "-updated_at"
RELEVANCE = "relevance"
WITHOUT_TAG = "tag!"
MAX_TAGS = 20
"""How many tags one parameter may name."""
MIN_DATE = datetime(YEARS[0], 1, 1, tzinfo=UTC)


def _choices(*values: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class PostFilter(FilterSet):
    """Filters and orders posts."""

    id = IdListFilter(
        help_text=gettext_lazy("Ids, separated by commas, at most 100. Those of no post that may be seen are ignored.")
    )

    status = ChoiceFilter(
        choices=_choices(PUBLISHED, DRAFT, SCHEDULED, TRASHED, ANY),
        help_text=gettext_lazy(
            "“published” (the default) is what readers see. The others need a token, and show what its user may change;"
            " “any” is all but the trash."
        ),
    )
    kind = ChoiceFilter(
        choices=_choices(*Post.Kind.values),
        help_text=gettext_lazy("“post” is the default, unless “slug” or “id” is given."),
    )
    slug = CharFilter(help_text=gettext_lazy("The post or page with this slug."))
    tag = ListFilter(
        max_values=MAX_TAGS,
        help_text=gettext_lazy(
            "The slug of a tag, or one that it had before it was renamed or merged. Several, separated by commas: the"
            " posts that have any of these tags."
        ),
    )
    author = CharFilter(help_text=gettext_lazy("The slug of an author, or one that they had before."))
    series = CharFilter(
        help_text=gettext_lazy(
            "The slug of a series, or one that it had before. Its parts are listed in reading order, unless “ordering”,"
            " “tag” or “author” is given."
        )
    )
    language = CharFilter(
        help_text=gettext_lazy("A language, such as “de”; a post that does not say its own is in the site's.")
    )
    is_featured = BooleanFilter(
        help_text=gettext_lazy("“true”: those that an editor has featured; “false”: all others."),
    )
    q = CharFilter(
        help_text=gettext_lazy(
            "Words that a post must all have, in its title, its tags or its text: at most the 200 posts that fit them"
            " best, in the order of the list. With another “status”, 200 of the posts that the user may change."
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
        choices=_choices("-published_at", "published_at", "-updated_at", "updated_at", RELEVANCE),
        help_text=gettext_lazy(
            "By date of publication (default, newest first), or of change. Drafts, the trash and “any” are ordered"
            " by change. “relevance” is for “q” among published posts: what fits best comes first."
        ),
    )

    without_tag = ListFilter(
        max_values=MAX_TAGS,
        help_text=gettext_lazy("Slugs of tags, separated by commas: the posts that have none of these tags."),
    )

    class Meta:
        model = Post
        fields = []

    @staticmethod
    def without_parameters(posts: QuerySet, now: Any = None) -> QuerySet:
        """Return what `filter_queryset` returns for a list without parameters. `now` may be an expression."""
        return posts.published(now).filter(kind=Post.Kind.POST).order_by(DEFAULT_ORDER[PUBLISHED], "-id")

    @classmethod
    def get_filters(cls) -> dict[str, Filter]:
        """Return the filters by parameter: `tag!` is no name of an attribute."""
        return {WITHOUT_TAG if name == "without_tag" else name: found for name, found in super().get_filters().items()}

    def filter_queryset(self, posts: QuerySet) -> QuerySet:
        """Return the filtered, ordered posts. Raises InvalidParameters and NotAuthenticated."""
        parameters = self.form.cleaned_data
        status, order = parameters["status"] or PUBLISHED, self._order(parameters)
        all_posts, posts = posts, self._with_status(posts, status)
        if parameters["slug"]:
            posts = posts.filter(slug=parameters["slug"])
        if parameters["id"]:
            posts = posts.filter(pk__in=parameters["id"])
        if parameters["kind"] or not (parameters["slug"] or parameters["id"]):
            posts = posts.filter(kind=parameters["kind"] or Post.Kind.POST)
        if parameters["language"]:
            # A post without a language is in the site's.
            unset = [""] if parameters["language"] == current().language else []
            posts = posts.filter(language__in=[parameters["language"], *unset])
        if parameters["is_featured"] is not None:
            posts = posts.filter(is_featured=parameters["is_featured"])
        ranges = {
            "published_at__gte": parameters["published_after"],
            "published_at__lt": parameters["published_before"],
            "updated_at__gte": parameters["updated_since"],
        }
        posts = posts.filter(**{lookup: value for lookup, value in ranges.items() if value})
        tags = self._by_slugs(Tag, "tag", parameters["tag"])
        tag, author = tags[0] if len(tags) == 1 else None, self._by_slug(Author, "author")
        if len(tags) > 1:
            posts = posts.with_any_tag(tags)
        posts = posts.with_no_tag(self._by_slugs(Tag, WITHOUT_TAG, parameters[WITHOUT_TAG]))
        series = self._by_slug(Series, "series")
        by_position = series is not None and not (tags or author or parameters["ordering"])
        if series is not None:
            posts = posts.filter(series=series) if by_position else posts.filter(pk__in=series.part_ids())
        found = self._search(parameters, posts, tag, author) if parameters["q"] else []
        if parameters["q"]:
            posts = posts.filter(pk__in=found)
        if order == RELEVANCE:
            return _ranked(posts, found)
        if by_position:
            return posts.order_by(*READING_ORDER)
        if (tag or author) and order.endswith("published_at"):
            posts = all_posts.each_in(posts)
        return self._ordered(posts, order, tag, author)

    def _order(self, parameters: dict) -> str:
        """Return the `order_by` term: a column, with `-` for descending. Raises InvalidParameters."""
        status = parameters["status"] or PUBLISHED
        if parameters["ordering"] == RELEVANCE and not (parameters["q"] and status == PUBLISHED):
            message = _("Only what “q” finds among published posts is ordered by “relevance”.")
            raise InvalidParameters({"ordering": [message]})
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
    def _search(parameters: dict, posts: QuerySet, tag: Tag | None, author: Author | None) -> list[int]:
        """Search among the posts of the tag, author and dates, or with another status among `posts`; return their ids.

        Published posts are in the order of their relevance. Raises InvalidParameters.
        """
        if search.is_too_long(parameters["q"]):
            message = _(
                "It has at most %(words)s words and %(characters)s characters, and no word more than %(longest)s."
            )
            limits = {"words": search.WORD_LIMIT, "characters": search.QUERY_LIMIT, "longest": search.MAX_WORD_LENGTH}
            raise InvalidParameters({"q": [message % limits]})
        if (parameters["status"] or PUBLISHED) != PUBLISHED:
            posts = posts.filter(tags=tag) if tag else posts
            return search.find_among(
                parameters["q"], posts.filter(authors=author) if author else posts, search.CANDIDATES
            )
        after, before = parameters["published_after"], parameters["published_before"]
        span = (after or MIN_DATE, before or timezone.now()) if after or before else None
        return search.find(parameters["q"], search.Scope(tag, author, span)).ids

    def _by_slug(self, model: type[Author] | type[Series], parameter: str) -> Author | Series | None:
        """Return the author or series whose slug a parameter has, or None without it. Raises InvalidParameters."""
        slug = self.form.cleaned_data[parameter]
        return self._by_slugs(model, parameter, [slug])[0] if slug else None

    @staticmethod
    def _by_slugs(model: type[Tag] | type[Author] | type[Series], parameter: str, slugs: list[str]) -> list:
        """Return the different tags, authors or series with these slugs. Raises InvalidParameters.

        This is a query of its own (two, if former slugs are given) so that the list needs no join.
        """
        found = model.objects.find_by_slugs(slugs)
        if unknown := [slug for slug in slugs if slug not in found]:
            message = _("There is no %(name)s with the slug “%(slug)s”.")
            raise InvalidParameters(
                {parameter: [message % {"name": model._meta.verbose_name, "slug": slug} for slug in unknown]}
            )
        return list(dict.fromkeys(found[slug] for slug in slugs))

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


def _ranked(posts: QuerySet, ids: list[int]) -> QuerySet:
    """Return posts in the order of `ids`, their best first. The place of a post is the key of a cursor."""
    places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(ids, 1)]
    rank = Case(*places, output_field=IntegerField()) if places else Value(0)
    return posts.annotate(rank=rank).order_by("rank")


class SlugFilter(FilterSet):
    """Filters tags, authors and series by slug."""

    id = IdListFilter(help_text=gettext_lazy("Ids, separated by commas, at most 100. Those of nothing are ignored."))
    slug = CharFilter(help_text=gettext_lazy("The one with this slug."))
