"""The view to which the editor's JavaScript uploads images: one file per request, with a JSON response."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from apps.core import heavy_work

from . import services
from .models import Image

STATUSES = {"too_large": 413, "not_supported": 415}
"""The HTTP status by the reason of `InvalidImage`; 400 for others."""
RETRY_AFTER = "10"
"""Seconds."""


def upload_view(model_admin, request: HttpRequest) -> JsonResponse:
    """Create an image from the `file` and the optional `alt` of a form; respond with what the dialog shows."""
    if request.method != "POST":
        return _error_response(405, _("Send a form with a file."), Allow="POST")
    if not model_admin.admin_site.has_permission(request):
        return _error_response(403, _("You are not logged in any more. Log in again in another tab, then try again."))
    if not model_admin.has_add_permission(request):
        return _error_response(403, _("You may not add images. Ask an administrator for the right to."))
    if "file" not in request.FILES:
        return _error_response(400, _("The form has no file named “file”."))
    return _create_response(model_admin, request)


def csrf_failure(request: HttpRequest) -> JsonResponse:
    """Return the response to a request without a valid CSRF token. The admin site calls it."""
    return _error_response(403, _("This page was opened before you last logged in. Log in again, or open it anew."))


def _create_response(model_admin, request: HttpRequest) -> JsonResponse:
    try:
        image = create_image(model_admin, request, request.FILES["file"], alt=request.POST.get("alt", ""))
    except ValidationError as error:
        return _error_response(STATUSES.get(getattr(error, "reason", ""), 400), " ".join(error.messages))
    except services.Busy as error:
        return _error_response(429, str(error), **{"Retry-After": str(heavy_work.RETRY_AFTER)})
    except (services.StorageFailed, DatabaseError) as error:
        return _error_response(503, error_message(error), **{"Retry-After": RETRY_AFTER})
    names = ("id", "alt", "credit", "focal_x", "focal_y", "width", "height", "markdown", "thumbnail")
    fields = {name: getattr(image, name) for name in names}
    fields |= {"url": image.address, "is_editable": image.is_editable_by(request.user)}
    return JsonResponse(fields, status=201)


def create_image(model_admin, request: HttpRequest, file, **fields) -> Image:
    """Create an image and log its addition in the admin. Raises the same exceptions as `services.create_image`."""
    image = services.create_image(by=request.user, file=file, **fields)
    if image.is_new:
        model_admin.log_addition(request, image, [{"added": {}}])
    return image


def error_message(error: Exception) -> str:
    """Return the translated message for Busy, StorageFailed or DatabaseError."""
    if isinstance(error, services.Busy):
        return str(error)
    return _("The picture could not be stored. Try again, and tell an administrator if it stays so.")


def _error_response(status: int, detail: str, **headers: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, headers=headers)
