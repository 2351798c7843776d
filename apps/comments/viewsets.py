"""Comments in the API: what each operation is, and (on the base class alone) who may do it."""

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
    """Anybody comments, with or without a token; a form must come from a page of this site."""

    def has_permission(self, request: Request, view: ResourceViewSet) -> bool:
        """Tell whether the user may try it. Raises InsufficientScope and PermissionDenied."""
        if operation_of(view) is not Operation.CREATE:
            return super().has_permission(request, view)
        if request.auth is not None:
            super().has_permission(request, view)
        if forms.is_form(request):
            forms.check_origin(request)
        return True


class CommentThrottle(Throttle):
    """COMMENTS_PER_HOUR of one address (of one network, for IPv6), except of those who may write for the site."""

    scope = "comments"

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the setting as DRF has it; 0 is no limit."""
        return f"{settings.COMMENTS_PER_HOUR}/hour" if settings.COMMENTS_PER_HOUR else None

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return whose comments are counted together; None for what is not counted."""
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

    @property
    def serializer_class(self) -> type:
        """What moderators see and change, and what everybody else does."""
        is_of_desk = self.action in ("update", "partial_update") or self.moderates
        return ModeratedCommentSerializer if is_of_desk else CommentSerializer

    def get_serializer_class(self) -> type:
        """Return what a new comment is read by, whoever writes it; else what shows one."""
        return CommentSerializer if self.action == "create" else super().get_serializer_class()

    @property
    def moderates(self) -> bool:
        """Whether the user may see and change any comment."""
        return self.request is not None and self.request.user.has_perm("comments.change_comment")

    def get_queryset(self) -> QuerySet:
        """Fetch of the posts what tells their address and whether readers see them."""
        posts = Post.objects.only("kind", "slug", "status", "published_at", "trashed_at")
        return super().get_queryset().prefetch_related(Prefetch("post", posts))

    def is_visible(self, comment: Comment) -> bool:
        """Tell whether readers see it, or the user moderates."""
        return self.moderates or (comment.is_approved and comment.post.is_public())

    def sender(self, request: Request) -> str:
        """Return the user; of readers, who have no account, what is known of them."""
        if request.user.is_authenticated:
            return super().sender(request)
        return f"address {clients.address(request)}"

    def made_of(self, comment: Comment) -> tuple:
        """Return what was read of it, and of the post that its address is of."""
        return super().made_of(comment), preconditions.columns(comment.post)

    def get_parsers(self) -> list[BaseParser]:
        """Read JSON; of a new comment, the form of the pages too."""
        is_new = self.request is not None and self.request.method == "POST"
        return [StrictJSONParser(), *([forms.FormParser()] if is_new else [])]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Speak the site's language to people who fill in a form, and the API's to programs."""
        if not forms.is_form(request):
            return super().dispatch(request, *args, **kwargs)
        with languages.speaking(site=cached_settings()):
            return super().dispatch(request, *args, **kwargs)

    def handle_exception(self, error: Exception) -> HttpResponse:
        """Answer a problem; to a form, as a page."""
        response = super().handle_exception(error)
        if response.status_code == 421 or not forms.is_form(self.request):
            return response
        return forms.problem(self.request, response)


class CommentCreateViewSet(CreateMixin, CommentViewSetBase):
    """Writes comments: of anybody as JSON or by the form of the pages, and of somebody of the site by their token."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write one; lead a form back to the post."""
        if not forms.is_form(request):
            return super().create(request, *args, **kwargs)
        if "name" not in request.data:
            return forms.ask(request)
        return forms.thanks(self.create_service(by=request.user, **self.fields(request)))

    @staticmethod
    def create_service(**fields: Any) -> Comment:
        """Write a comment. Raises Conflict where there can be none."""
        try:
            return services.create_comment(**fields)
        except services.Closed:
            raise Conflict(_("Comments on this post are closed.")) from None

    def fields(self, request: Request, instance: Comment | None = None, **kwargs: Any) -> dict:
        """Return the checked fields and, with those of a new comment, what is known of the visit."""
        if instance is not None:
            return super().fields(request, instance, **kwargs)
        trap = request.data.pop(forms.TRAP, "") if forms.is_form(request) else ""
        visit = services.Visit(clients.address(request), clients.agent(request), bool(trap))
        return super().fields(request, **kwargs) | {"visit": visit}


class CommentReadViewSet(ReadMixin, CommentViewSetBase):
    """Lists and shows comments."""


class CommentUpdateViewSet(UpdateMixin, CommentViewSetBase):
    """Changes comments. Approving and calling something spam are changes of `status`."""

    update_service = staticmethod(services.update_comment)


class CommentDeleteViewSet(DeleteMixin, CommentViewSetBase):
    """Moves comments to the trash, once."""

    @staticmethod
    def delete_service(comment: Comment, **kwargs: Any) -> None:
        """Trash a comment; one that is there already stays as it was."""
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
"""The operations of the resource, by their names."""
