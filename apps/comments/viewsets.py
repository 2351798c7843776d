"""The viewsets of comments, one for each operation. Permissions and throttles are set on the base class only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.api import preconditions
from apps.api.exceptions import Conflict
from apps.api.operations import operation_of
from apps.api.parsers import StrictJSONParser
from apps.api.permissions import ResourcePermissions
from apps.api.throttles import THROTTLES, Throttle
from apps.api.viewsets import CreateMixin, DeleteMixin, ReadMixin, ResourceViewSet, UpdateMixin
from apps.core import clients
from apps.posts.models import Post
from apps.site import languages
from apps.site.models import cached_settings
from blog_project.roles import Operation

from . import forms, services
from .filters import CommentFilter
from .models import Comment
from .serializers import CommentSerializer, ModeratedCommentSerializer


class CommentPermissions(ResourcePermissions):
    """Lets anybody create comments, with or without a token. A form must come from a page of this site."""

    def has_permission(self, request: Request, view: ResourceViewSet) -> bool:
        """Return whether the user may use the operation. Raises InsufficientScope and PermissionDenied."""
        if operation_of(view) is not Operation.CREATE:
            return super().has_permission(request, view)
        if request.auth is not None:
            super().has_permission(request, view)
        if forms.is_form(request):
            forms.check_origin(request)
        return True


class CommentThrottle(Throttle):
    """Limits one IP address (for IPv6, one network) to COMMENTS_PER_HOUR, except users who may write for the site."""

    scope = "comments"

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate in DRF's notation, or None if the setting is 0, which means no limit."""
        return f"{settings.COMMENTS_PER_HOUR}/hour" if settings.COMMENTS_PER_HOUR else None

    def policy(self, view: Any) -> str:
        """Return the name of the limit."""
        return self.scope

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return the cache key of the client's network, or None for a request that is not limited."""
        if operation_of(view) is not Operation.CREATE or request.user.has_perm("comments.add_comment"):
            return None
        return self.cache_format % {"scope": self.scope, "ident": clients.network(request)}


class CommentViewSetBase(ResourceViewSet):
    """Readers' comments."""

    resource = "comments"
    queryset = Comment.objects.order_by("-id")
    permission_classes = [CommentPermissions]
    throttle_classes = [*THROTTLES, CommentThrottle]
    filterset_class = CommentFilter
    always_read = ("version", "post", "status", "thread")
    public_operations = frozenset({Operation.CREATE, Operation.READ})
    accepts_html_form = True

    @property
    def serializer_class(self) -> type:
        """The serializer of moderators or of everybody else. Updates are for moderators only."""
        for_moderators = self.action in ("update", "partial_update") or self.is_moderator
        return ModeratedCommentSerializer if for_moderators else CommentSerializer

    def get_serializer_class(self) -> type:
        """Return the public serializer for new comments, else `serializer_class`."""
        return CommentSerializer if self.action == "create" else super().get_serializer_class()

    @property
    def is_moderator(self) -> bool:
        """Whether the user may see and change any comment on a post that they may know of."""
        return self.request is not None and self.request.user.has_perm("comments.change_comment")

    def get_queryset(self) -> QuerySet:
        """Return the comments that the user may see, or that `is_visible` checks, with the columns of their posts.

        These give the address and the visibility.
        """
        posts = Post.objects.only("kind", "slug", "status", "published_at", "trashed_at")
        comments = super().get_queryset().prefetch_related(Prefetch("post", posts))
        return comments.known_to(self.request.user) if self.is_moderator else comments

    def is_visible(self, comment: Comment) -> bool:
        """Return whether the comment is public, or the user a moderator."""
        return self.is_moderator or (comment.is_approved and comment.post.is_public())

    def sender(self, request: Request) -> str:
        """Return the owner of an `Idempotency-Key`: the user or, for a reader without an account, the IP address."""
        if request.user.is_authenticated:
            return super().sender(request)
        return f"address {clients.address(request)}"

    def etag_values(self, comment: Comment) -> tuple:
        """Return the parts of the ETag: the comment's, and the columns of the post, whose slug is in the address."""
        return super().etag_values(comment), preconditions.columns(comment.post)

    def get_parsers(self) -> list[BaseParser]:
        """Return the JSON parser and, for a new comment, the form parser."""
        is_new = self.request is not None and self.request.method == "POST"
        return [StrictJSONParser(), *([forms.FormParser()] if is_new else [])]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Use the site's language for form submissions, and the API's for everything else."""
        if not forms.is_form(request):
            return super().dispatch(request, *args, **kwargs)
        with languages.activated(site=cached_settings()):
            return super().dispatch(request, *args, **kwargs)

    def handle_exception(self, error: Exception) -> HttpResponse:
        """Return the problem document, or its page for a form submission."""
        response = super().handle_exception(error)
        if response.status_code == 421 or not forms.is_form(self.request):
            return response
        return forms.problem_page(self.request, response)


class CommentCreateViewSet(CreateMixin, CommentViewSetBase):
    """Creates comments: anybody's, as JSON or by the form of the pages, and those of the site, with a user's token."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create a comment. A form submission is redirected to the post, or gets the full form if it has no name."""
        if not forms.is_form(request):
            return super().create(request, *args, **kwargs)
        if "name" not in request.data:
            return forms.ask_for_name(request)
        return forms.redirect_to_comment(self.create_service(by=request.user, **self.fields(request)))

    @staticmethod
    def create_service(**fields: Any) -> Comment:
        """Create a comment. Raises Conflict if the post takes no new comments."""
        try:
            return services.create_comment(**fields)
        except services.Closed:
            raise Conflict(_("Comments on this post are closed.")) from None

    def fields(self, request: Request, instance: Comment | None = None, **kwargs: Any) -> dict:
        """Return the validated fields and, for a new comment, its `visit`."""
        if instance is not None:
            return super().fields(request, instance, **kwargs)
        honeypot = request.data.pop(forms.HONEYPOT, "") if forms.is_form(request) else ""
        visit = services.Visit(clients.address(request), clients.agent(request), bool(honeypot))
        return super().fields(request, **kwargs) | {"visit": visit}


class CommentReadViewSet(ReadMixin, CommentViewSetBase):
    """Lists and shows comments."""


class CommentUpdateViewSet(UpdateMixin, CommentViewSetBase):
    """Changes comments. Approving a comment or marking it as spam is a change of `status`."""

    update_service = staticmethod(services.update_comment)


class CommentDeleteViewSet(DeleteMixin, CommentViewSetBase):
    """Moves comments to the trash."""

    @staticmethod
    def delete_service(comment: Comment, **kwargs: Any) -> None:
        """Move a comment to the trash; a comment in the trash stays unchanged."""
        if comment.status != Comment.Status.TRASH:
            services.trash_comment(comment, **kwargs)


RESOURCES = {
    CommentViewSetBase: {
        Operation.CREATE: CommentCreateViewSet,
        Operation.READ: CommentReadViewSet,
        Operation.UPDATE: CommentUpdateViewSet,
        Operation.DELETE: CommentDeleteViewSet,
    },
}
"""The viewsets of the resource, by operation."""
