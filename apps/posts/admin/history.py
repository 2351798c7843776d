"""Every saved version of a post: who saved it, when and why, what changed in it, and how to have it back."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from apps.media.models import Image

from .. import services
from ..models import Post, post_records
from . import diffs
from .forms import in_words

COMPARED = (
    "kind",
    "title",
    "slug",
    "summary",
    "body",
    "status",
    "published_at",
    "trashed_at",
    "language",
    "translation_of_id",
    "comments_allowed",
    "seo_title",
    "seo_description",
    "canonical_url",
)
RESTORED = ("title", "slug", "summary", "body", "language", "seo_title", "seo_description", "canonical_url")
"""What an old version gives back, with its tags, authors and cover. Whether, when and as what kind it is published stays as it is, and so do comments and the original of a translation."""

PER_PAGE = 10
ROWS_IN_LIST = 60
"""Rows of one field's comparison in the list of versions; the version's own page has them all."""

_LABELS = {
    "trashed_at": gettext_lazy("in the trash since"),
    "tags": gettext_lazy("tags"),
    "authors": gettext_lazy("authors"),
}


class PostHistory(SimpleHistoryAdmin):
    """The history views of django-simple-history, made bounded, readable, and restoring through services."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Show versions, newest first, each with what changed in it; ten to a page, found by key."""
        post = self._post_or_404(request, object_id)
        before = request.GET.get("before", "")
        records = self._records(post)
        if before.isdecimal():
            records = records.filter(history_id__lt=before)
        found = list(records[: PER_PAGE + 1])
        versions = self._versions(found, rows=ROWS_IN_LIST)[:PER_PAGE]
        more = len(found) > PER_PAGE
        return self._answer(
            request,
            "admin/posts/post/history.html",
            post,
            title=_("History of “%s”") % post,
            versions=versions,
            older=f"?before={found[PER_PAGE - 1].history_id}" if more else "",
            newest=request.path if before else "",
            **(extra_context or {}),
        )

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context=None
    ) -> HttpResponse:
        """Show one version whole: what it changed, and what restoring it would change; POST restores it."""
        post = self._post_or_404(request, object_id)
        if not version_id.isdecimal():
            raise Http404
        found = list(self._records(post).filter(history_id__lte=version_id)[:2])
        if not found or found[0].history_id != int(version_id):
            raise Http404
        (version, *_rest) = self._versions(found, rows=diffs.MOST_ROWS)
        may_restore = self.has_change_permission(request, post)
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            return self._restore(request, post, version)
        return self._answer(
            request,
            "admin/posts/post/version.html",
            post,
            title=_("Version %(version)s of “%(post)s”") % {"version": found[0].version, "post": post},
            version=version,
            restoring=self._restoring(post, version),
            may_restore=may_restore,
            **(extra_context or {}),
        )

    def _post_or_404(self, request: HttpRequest, object_id: str) -> Post:
        post = self.get_object(request, unquote(object_id))
        if post is None:
            raise Http404
        if not self.has_view_or_change_permission(request, post):
            raise PermissionDenied
        return post

    def _records(self, post: Post):
        # The rows of one post in the order of their keys are the index itself.
        return Post.history.filter(id=post.pk).select_related("history_user").order_by("-history_id")

    def _versions(self, records: list[Model], *, rows: int) -> list[dict[str, Any]]:
        """Describe records, newest first, each compared with the one after it in the list."""
        links = _links(records)
        described = []
        for record, previous in zip_longest(records, records[1:]):
            new, old = _values(record, links), _values(previous, links) if previous else {}
            described.append(
                {
                    "record": record,
                    "links": links[record.history_id],
                    "differences": _compare(old, new, rows) if previous else [],
                    "is_first": record.history_type == "+",
                }
            )
        return described

    def _restoring(self, post: Post, version: dict[str, Any]) -> list[diffs.Difference]:
        """Compare the post as it is with what it would be."""
        now = {name: in_words(_field(name), getattr(post, name)) for name in RESTORED}
        now |= {"tags": in_words(None, sorted(map(str, post.tags.all())))}
        now |= {"authors": in_words(None, post.ordered_authors), "cover_image": str(post.cover_image or "")}
        then = {name: in_words(_field(name), getattr(version["record"], name)) for name in RESTORED}
        then |= _link_words(version["links"])
        return _compare(now, then, diffs.MOST_ROWS)

    def _restore(self, request: HttpRequest, post: Post, version: dict[str, Any]) -> HttpResponse:
        record, links = version["record"], version["links"]
        here = HttpResponseRedirect(request.path)
        authors = [author for author in links["authors"] if author]
        if not request.user.has_perm("posts.change_others_post") and all(a.user_id != request.user.pk for a in authors):
            messages.error(request, _("You are not among the authors of that version. Ask an editor to restore it."))
            return here
        expected = request.POST.get("version", "")
        try:
            services.update_post(
                post,
                by=request.user,
                expected_version=int(expected) if expected.isdecimal() else 0,
                tags=[tag for tag in links["tags"] if tag],
                authors=authors,
                cover_image=links["cover"],
                reason=f"restored version {record.version}",
                **{name: getattr(record, name) for name in RESTORED},
            )
        except services.StaleVersion:
            messages.error(request, _("Somebody saved the post meanwhile. Look again at what restoring would change."))
            return here
        except ValidationError as error:
            messages.error(request, _("This version cannot be restored: %s") % " ".join(error.messages))
            return here
        self.log_change(request, post, _("Restored version %s.") % record.version)
        messages.success(
            request, _("Version %(old)s is back, as version %(new)s.") % {"old": record.version, "new": post.version}
        )
        return HttpResponseRedirect(reverse("admin:posts_post_change", args=[quote(post.pk)]))

    def _answer(self, request: HttpRequest, template: str, post: Post, **context) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "post": post, "title": context["title"]}
        return TemplateResponse(request, template, context)


def _links(records: list[Model]) -> dict[int, dict[str, list]]:
    """Fetch tags, authors and covers of versions, by one query each; `None` stands for one that was deleted since."""
    images = Image.objects.in_bulk({record.cover_image_id for record in records if record.cover_image_id})
    found = {
        record.history_id: {
            "tags": [],
            "authors": [],
            "cover": images.get(record.cover_image_id),
            "had_cover": record.cover_image_id is not None,
        }
        for record in records
    }
    for name, target, order in (("tags", "tag", "m2m_history_id"), ("authors", "author", "position")):
        rows = post_records.m2m_models[Post._meta.get_field(name)].objects.filter(history_id__in=found)
        for row in rows.select_related(target).order_by(order):
            found[row.history_id][name].append(_present(row, target))
    return found


def _present(row: Model, target: str):
    """Return what a row of a history's link points to, or None where that was deleted."""
    return row._state.fields_cache.get(target)


def _link_words(links: dict[str, list]) -> dict[str, str]:
    def names(found: list) -> list[str]:
        return [str(item) if item else _("(deleted since)") for item in found]

    return {
        "tags": in_words(None, sorted(names(links["tags"]))),
        "authors": in_words(None, names(links["authors"])),
        "cover_image": in_words(None, names([links["cover"]] if links["had_cover"] else [])),
    }


def _values(record: Model, links: dict[int, dict[str, list]]) -> dict[str, str]:
    values = {name: in_words(_field(name), getattr(record, name)) for name in COMPARED}
    return values | _link_words(links[record.history_id])


def _field(name: str):
    return Post._meta.get_field(name)


def _compare(old: dict[str, str], new: dict[str, str], rows: int) -> list[diffs.Difference]:
    labels = {name: _LABELS.get(name) or _field(name).verbose_name for name in new}
    return [
        diffs.difference(labels[name], old[name], new[name], most_rows=rows)
        for name in new
        if old[name].splitlines() != new[name].splitlines()
    ]
