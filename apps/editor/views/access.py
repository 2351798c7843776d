"""Access to the editor's own pages: the view declares the permissions, and the admin of posts checks them."""

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
    """Return the admin of posts, which checks permissions and writes log entries."""
    return admin.site.get_model_admin(Post)


def editor_page(*permissions: str) -> Callable[[View], View]:
    """Decorate a view: require one of these permissions on posts (add, view, change, delete).

    Users who are not logged in are redirected to the login page; users without the permission get a 403.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check_permission(request, permissions)
            return view(request, *args, **kwargs)

        return _admin_view(checked)

    return decorator


def post_page(permission: str) -> Callable[[View], View]:
    """Decorate a view of one post, which gets the post.

    404 for a post that does not exist or is not the user's, 403 without the permission on it.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, object_id: str) -> HttpResponse:
            post = post_admin().get_object(request, unquote(object_id))
            if post is None:
                raise Http404
            check_permission(request, (permission,), post)
            return view(request, post)

        return _admin_view(checked)

    return decorator


def check_permission(request: HttpRequest, permissions: tuple[str, ...], post: Post | None = None) -> None:
    """Raise PermissionDenied unless the user has one of these permissions on posts, or on this post."""
    posts = post_admin()
    if not any(getattr(posts, f"has_{name}_permission")(request, *([post] if post else [])) for name in permissions):
        raise PermissionDenied


def _admin_view(view: View) -> View:
    """Wrap a view in `AdminSite.admin_view` at request time: the site is not ready when this module is imported."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return admin.site.admin_view(view)(request, *args, **kwargs)

    return wrapper
