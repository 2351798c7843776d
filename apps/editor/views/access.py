"""Who may open a page of the editor: declared on the view, decided by the admin of posts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from apps.posts.models import Post

if TYPE_CHECKING:
    from apps.editor.admin.posts import PostAdmin

View = Callable[..., HttpResponse]


def post_admin() -> PostAdmin:
    """Return the admin of posts, which knows who may do what with them and writes to the log."""
    return admin.site.get_model_admin(Post)


def page(*may: str) -> Callable[[View], View]:
    """Declare a page of the editor for those who may do one of these things with posts: add, view, change, delete.

    Whoever is not logged in is led to the login page, and others without the permission get a 403.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check(request, may)
            return view(request, *args, **kwargs)

        return _of_admin(checked)

    return declare


def page_of_post(may: str) -> Callable[[View], View]:
    """Declare a page about one post, which the view is given. 404 without one, 403 for whoever may not do this with it."""

    def declare(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, object_id: str) -> HttpResponse:
            post = post_admin().get_object(request, unquote(object_id))
            if post is None:
                raise Http404
            check(request, (may,), post)
            return view(request, post)

        return _of_admin(checked)

    return declare


def check(request: HttpRequest, may: tuple[str, ...], post: Post | None = None) -> None:
    """Raise PermissionDenied for a user who may do none of these things with posts, or with this one."""
    allowed = post_admin()
    if not any(getattr(allowed, f"has_{one}_permission")(request, *([post] if post else [])) for one in may):
        raise PermissionDenied


def _of_admin(view: View) -> View:
    """Wrap a view as the admin wraps its own, once it is asked for: then its site is there."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return admin.site.admin_view(view)(request, *args, **kwargs)

    return answer
