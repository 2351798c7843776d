"""The routes of the admin: the admin site, the editor's own pages and the password reset."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy

from apps.accounts.password_reset import NewPasswordView, RequestView
from apps.accounts.second_factor.forms import SetPasswordWithFactorForm
from apps.accounts.urls import second_factor_routes
from apps.comments import mail_moderation, moderation_links
from apps.site.models import current
from blog_project import roles

from . import first_day, invitations
from .views import accounts, broken_links, checklist, drafts, inserting, moving, pending, previews, rows, teamwork, undo


def admin_urls(mounted_roles: Iterable[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of `/admin/`; they do not depend on `mounted_roles`."""
    own = [*_password_reset_routes(), *second_factor_routes(), *_post_routes(), *_account_routes(), _comment_by_mail()]
    return [*own, path("admin/", admin.site.urls)]


def _account_routes() -> list[URLPattern]:
    """Return the routes of the first day and of the help for an import, of one's own profile, and of the link that accepts an invitation."""
    return [
        path("admin/remove-demo/", first_day.remove_demo, name="remove_demo"),
        path("admin/moving/", moving.moving, name="moving"),
        path("admin/profile/", accounts.profile, name="profile"),
        path("admin/profile/picture/", accounts.picture, name="profile_picture"),
        path(f"{invitations.PATH[1:]}<str:token>/", accounts.accept, name="accept_invitation"),
    ]


def _comment_by_mail() -> URLPattern:
    """Return the route of the link in the mail about a new comment, which needs no login."""
    return path(f"{moderation_links.PATH[1:]}<str:token>/", mail_moderation.by_mail, name="comment_by_mail")


def _post_routes() -> list[URLPattern]:
    """Return the routes of the editor's own pages about posts. They have to precede those of the admin site."""
    posts = "admin/posts/post/"
    return [
        path(f"{posts}links/", broken_links.broken_links, name="broken_links"),
        path(f"{posts}duplicate/", rows.duplicate, name="duplicate_post"),
        path(f"{posts}feature/", rows.feature, name="feature_post"),
        path(f"{posts}to-trash/", rows.trash, name="trash_post"),
        path(f"{posts}untrash/", undo.untrash, name="untrash_posts"),
        path(f"{posts}checklist/", checklist.check_text, name="check_text"),
        path(f"{posts}autosave/", drafts.autosave, name="autosave"),
        path(f"{posts}presence/", drafts.presence, name="editor_presence"),
        path(f"{posts}difference/", drafts.difference, name="draft_difference"),
        path(f"{posts}render/", drafts.render_text, name="render_text"),
        path(f"{posts}paste/", inserting.paste, name="paste_text"),
        path(f"{posts}link-targets/", inserting.link_targets, name="link_targets"),
        path(f"{posts}pictures/", inserting.pictures, name="choose_pictures"),
        path(f"{posts}describe-picture/", inserting.describe_picture, name="describe_picture"),
        path(f"{posts}session/", drafts.session, name="editor_session"),
        path(f"{posts}<path:object_id>/previews/", previews.previews, name="preview_links"),
        path(f"{posts}<path:object_id>/review/", teamwork.review, name="review_post"),
        path(f"{posts}<path:object_id>/assignment/", teamwork.assignment, name="assign_post"),
        path(f"{posts}<path:object_id>/notes/", teamwork.discuss, name="post_notes"),
        path(f"{posts}<path:object_id>/pending/", pending.pending_version, name="pending_version"),
        path(f"{posts}<path:object_id>/pending/discard/", pending.discard_pending, name="discard_pending"),
    ]


def _password_reset_routes() -> list[URLPattern]:
    """Return the four steps of Django's password reset, with the names that the login page and the e-mail reverse."""
    site = urlsplit(settings.SITE_URL)
    name = lazy(lambda: current().name, str)()
    context = {"site_header": name, "site_title": name, "site_url": "/"}
    # The link has the configured host, never that of the request's Host header.
    mail = {"domain": site.netloc, "protocol": site.scheme, "site_name": name}
    confirm = {
        "form_class": SetPasswordWithFactorForm,
        "template_name": "admin/accounts/password_reset_confirm.html",
    }
    steps = [
        ("password_reset/", RequestView, "admin_password_reset", {"extra_email_context": mail}),
        ("password_reset/done/", views.PasswordResetDoneView, "password_reset_done", {}),
        ("reset/<uidb64>/<token>/", NewPasswordView, "password_reset_confirm", confirm),
        ("reset/done/", views.PasswordResetCompleteView, "password_reset_complete", {}),
    ]
    return [
        path(f"admin/{route}", view.as_view(extra_context=context, **options), name=name)
        for route, view, name, options in steps
    ]
