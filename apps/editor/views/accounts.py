"""One's own profile, and the page on which the invited choose their name and password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import devices, password_again, preferences
from apps.accounts.clients import describe
from apps.accounts.models import Session
from apps.accounts.second_factor import factors
from apps.accounts.second_factor.pages import own_page
from apps.accounts.sessions import digest
from apps.audit import trail
from apps.audit.trail import Action
from apps.editor import invitations
from apps.editor.people import PREFERENCES, PUBLIC_FIELDS, AcceptForm, ProfileForm
from apps.media import services as media
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author

MAX_SESSIONS = 5
"""Sessions that the profile shows, those used last."""


def _profile(request: HttpRequest) -> HttpResponse:
    """Show the user's profile, or save it."""
    user, author = request.user, Author.objects.filter(user_id=request.user.pk).first()
    form = ProfileForm(request.POST or None, user=user, author=author)
    if form.is_valid():
        _save_profile(user, author, form.cleaned_data)
        # What follows is said in the language that was just chosen; the middleware restores the former one.
        translation.activate(form.cleaned_data["language"] or settings.LANGUAGE_CODE)
        admin.site.get_model_admin(User).log_change(request, user, _("Changed their own profile."))
        messages.success(request, _("Your profile was saved."))
        return HttpResponseRedirect(reverse("profile"))
    return _page(request, "admin/editor/profile.html", _("Your profile"), _profile_context(request, form, author))


_profile.asks_password = password_again.ON_POST
profile = own_page(_profile)


def _save_profile(user: User, author: Author | None, values: dict[str, Any]) -> None:
    user.first_name, user.email = values["name"][:150], values["email"]
    user.save(update_fields=["first_name", "email"])
    if author:
        fields = {name: values[name] for name in PUBLIC_FIELDS}
        services.update_author(author, expected_version=author.version, by=user, **fields)
    preferences.choose(user, **{name: values[name] for name in PREFERENCES})


@require_POST
def _picture(request: HttpRequest) -> HttpResponse:
    """Show the uploaded picture on the user's public page, or none any more."""
    author = Author.objects.filter(user_id=request.user.pk).first()
    if author is None or not request.user.has_perm("media.add_image"):
        raise PermissionDenied
    try:
        image = None if "remove" in request.POST else _uploaded(request, author)
        services.update_author(author, expected_version=author.version, by=request.user, picture=image)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except (media.Busy, media.StorageFailed):
        messages.error(request, _("The picture could not be stored just now. Try again in a moment."))
    else:
        admin.site.get_model_admin(User).log_change(request, request.user, _("Changed their own picture."))
        messages.success(
            request, _("Readers see your picture now.") if image else _("Readers see no picture of you any more.")
        )
    return HttpResponseRedirect(reverse("profile"))


picture = own_page(_picture)


def _uploaded(request: HttpRequest, author: Author) -> Image:
    file = request.FILES.get("picture")
    if file is None:
        raise ValidationError(_("Choose a picture first."))
    return media.create_image(by=request.user, file=file, alt=author.name)


def _profile_context(request: HttpRequest, form: ProfileForm, author: Author | None) -> dict[str, Any]:
    rows = Session.objects.filter(user=request.user, expire_date__gt=timezone.now()).order_by(
        "-seen_at", "-session_key"
    )
    this = digest(request.session.session_key or "")
    sessions = [{"row": row, "client": describe(row.agent), "is_this": row.pk == this} for row in rows[:MAX_SESSIONS]]
    return {
        "form": form,
        "button": _("Save"),
        "author": author,
        "may_upload": author is not None and request.user.has_perm("media.add_image"),
        "factors": factors.kinds_of(request.user),
        "sessions": sessions,
    }


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the invited choose, or save it and lead to the login. GET changes nothing: scanners follow links."""
    user = invitations.find(token)
    if user is None:
        intro = _(
            "It was used already, is older than a week, or is not complete. Ask whoever invited you for a new one."
        )
        return _page(
            request, "admin/editor/plain_form.html", _("This invitation is no longer good"), {"intro": intro}, 404
        )
    form = AcceptForm(user, request.POST or None)
    if form.is_valid():
        _accept(request, user, form)
        messages.success(request, _("Your account is ready. Log in as “%s”.") % user.username)
        return HttpResponseRedirect(reverse("admin:login"))
    intro = _("Choose how you log in, and how readers see you. Both can be changed later.")
    context = {"form": form, "intro": intro, "button": _("Begin")}
    return _page(request, "admin/editor/plain_form.html", _("Welcome"), context)


def _accept(request: HttpRequest, user: User, form: AcceptForm) -> None:
    name = form.cleaned_data["name"]
    user.first_name = name[:150]
    form.save()
    if form.author and form.author.name != name:
        services.update_author(form.author, expected_version=form.author.version, by=user, name=name)
    devices.remember(request, user)
    trail.record(
        Action.ACCOUNT, obj=user, request=request, username=user.username, message=_("Accepted the invitation.")
    )


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), "title": title, **context}
    response = TemplateResponse(request, template, context, status=status)
    response["Referrer-Policy"] = "no-referrer" if not request.user.is_authenticated else "same-origin"
    add_never_cache_headers(response)
    return response
