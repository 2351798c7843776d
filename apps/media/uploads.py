"""Where the editor sends images to: one file per request, answered in JSON."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from . import services
from .models import Image

STATUSES = {"too_large": 413, "not_supported": 415}
"""What refused files are answered with; else it is 400."""
RETRY_AFTER = "10"


def answer(model_admin, request: HttpRequest) -> JsonResponse:
    """Keep the `file` of a form, with the `alt` that it may have, and say how a text shows it."""
    if request.method != "POST":
        return _refused(405, _("Send a form with a file."), Allow="POST")
    if not model_admin.admin_site.has_permission(request):
        return _refused(403, _("You are not logged in any more. Log in again in another tab, then try again."))
    if not model_admin.has_add_permission(request):
        return _refused(403, _("You may not add images. Ask an administrator for the right to."))
    if "file" not in request.FILES:
        return _refused(400, _("The form has no file named “file”."))
    return _kept(model_admin, request)


def answer_forged(request: HttpRequest) -> JsonResponse:
    """Answer a request without the token of this session."""
    return _refused(403, _("This page was opened before you last logged in. Log in again, or open it anew."))


def _kept(model_admin, request: HttpRequest) -> JsonResponse:
    try:
        image = keep(model_admin, request, request.FILES["file"], alt=request.POST.get("alt", ""))
    except ValidationError as error:
        return _refused(STATUSES.get(getattr(error, "reason", ""), 400), " ".join(error.messages))
    except (services.NotStored, services.Busy, DatabaseError) as error:
        return _refused(503, in_words(error), **{"Retry-After": RETRY_AFTER})
    names = ("id", "alt", "width", "height", "markdown")
    fields = {name: getattr(image, name) for name in names} | {"url": image.address}
    return JsonResponse(fields, status=201)


def keep(model_admin, request: HttpRequest, file, **fields) -> Image:
    """Keep a file, and note in the log of the admin who uploaded it. Raises what `create_image` raises."""
    image = services.create_image(by=request.user, file=file, **fields)
    if image.is_new:
        model_admin.log_addition(request, image, [{"added": {}}])
    return image


def in_words(error: Exception) -> str:
    """Say why a good file was not kept."""
    if isinstance(error, services.Busy):
        return _("Other pictures are being worked on at the moment. Try again.")
    return _("The picture could not be stored. Try again, and tell an administrator if it stays so.")


def _refused(status: int, detail: str, **headers: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, headers=headers)
