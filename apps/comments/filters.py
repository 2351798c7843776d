"""Filters of the list of comments. Each combination is served from an index in the order of the list."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import NotAuthenticated, PermissionDenied

from apps.api.exceptions import InvalidParameters
from apps.api.filters import IdFilter
from apps.posts.models import Post

from .models import Comment

ANY = "any"


class CommentFilter(FilterSet):
    """Filters comments. Those of one post are in the order of its page, otherwise the newest are first."""

    post = IdFilter(help_text=gettext_lazy("The id of a post. Whoever does not moderate must name one."))
    status = ChoiceFilter(
        choices=[(value, value) for value in (*Comment.Status.values, ANY)],
        help_text=gettext_lazy("“approved” (the default) is what readers see. The others are for those who moderate."),
    )
    email = CharFilter(help_text=gettext_lazy("All comments of an e-mail address; for those who moderate."))

    class Meta:
        model = Comment
        fields = []

    def filter_queryset(self, comments: QuerySet) -> QuerySet:
        """Return the comments that match. Raises InvalidParameters, NotAuthenticated and PermissionDenied."""
        params = self.form.cleaned_data
        status, post = params["status"] or Comment.Status.APPROVED, params["post"]
        if status != Comment.Status.APPROVED or params["email"]:
            self._require_moderator()
        if status != ANY:
            comments = comments.filter(status=status)
        if params["email"]:
            comments = comments.filter(email=params["email"].lower())
        if post is None:
            self._require_post()
            return comments
        if not self._is_moderator and not Post.objects.published().filter(pk=post).exists():
            return comments.none()
        return comments.filter(post=post).order_by("thread", "id")

    @property
    def _is_moderator(self) -> bool:
        return self.request.user.has_perm("comments.change_comment")

    def _require_moderator(self) -> None:
        if not self.request.user.is_authenticated:
            raise NotAuthenticated
        if not self._is_moderator:
            raise PermissionDenied

    def _require_post(self) -> None:
        if not self._is_moderator:
            message = _("Name a post by its id, whose comments are to be listed.")
            raise InvalidParameters({"post": [message]})
