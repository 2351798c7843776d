"""The history of a post: who saved each version, when and why, what it changed, and restoring it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, TextField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from apps.core import keysets, text_diffs
from apps.core.admin.forms import NOT_AVAILABLE, as_text, is_key
from apps.core.heavy_work import heavy
from apps.posts import services
from apps.posts.models import M2M_FIELDS, Post, Tag, TagAlias, post_records
from apps.posts.post_fields import AUTHORED_FIELDS, WAITING_FIELDS

_AFTER_DATE = AUTHORED_FIELDS.index("published_at") + 1

# `trashed_at` is not an authored field, but a version that moved the post to the trash has to show it.
COMPARED_FIELDS = (*AUTHORED_FIELDS[:_AFTER_DATE], "trashed_at", *AUTHORED_FIELDS[_AFTER_DATE:])

RESTORED_FIELDS = tuple(name for name in AUTHORED_FIELDS if name not in ("status", "published_at"))
"""The fields that restoring a version sets. The publication (status and date) stays as it is."""

LATER, AT_ONCE = "later", "at_once"
"""The buttons that restore a version of a post that readers see."""
NEWEST_FIRST = ("-history_id",)
PER_PAGE = 10
MAX_ROWS_IN_LIST = 60
"""Rows of one field's comparison in the list of versions; the page of a version shows all."""

_LABELS = {"trashed_at": gettext_lazy("in the trash since")}
"""Labels of fields whose `verbose_name` is not for display, since no form shows them."""


class PostHistory(SimpleHistoryAdmin):
    """The history views of django-simple-history, with bounded pages, comparisons and restoring through services."""

    @heavy
    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """List the versions with their changes, newest first, ten per page by keyset; or compare two (`from`, `to`)."""
        post = self._post_or_404(request, object_id)
        if "from" in request.GET or "to" in request.GET:
            return self._comparison(request, post)
        before = request.GET.get("before", "")
        records = self._records(post)
        if before.isdecimal():
            records = records.filter(keysets.beyond(NEWEST_FIRST, (before,)))
        # Each version is compared with the next one in the list, so one more is read than the page shows.
        found = list(records[: PER_PAGE + 1])
        versions = self._versions(request, found, rows=MAX_ROWS_IN_LIST)[:PER_PAGE]
        _shown, last = keysets.cut(found, PER_PAGE)
        return post_response(
            request,
            "admin/posts/post/history.html",
            post,
            title=_("History of “%s”") % post,
            here=_("History"),
            versions=versions,
            may_restore=self.has_change_permission(request, post),
            is_public=post.is_public(),
            older=_query(request, before=last.history_id) if last else "",
            newest=f"{request.path}{_query(request)}" if before else "",
            **(extra_context or {}),
        )

    @heavy
    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context=None
    ) -> HttpResponse:
        """Show one version in full: its changes, and what restoring it would change. POST restores it."""
        post = self._post_or_404(request, object_id)
        if not version_id.isdecimal():
            raise Http404
        found = list(self._records(post).filter(history_id__lte=version_id)[:2])
        if not found or found[0].history_id != int(version_id):
            raise Http404
        (version, *_rest) = self._versions(request, found, rows=text_diffs.MAX_ROWS)
        may_restore = self.has_change_permission(request, post)
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            if post.is_public() and LATER in request.POST:
                return self._restore_for_later(request, post, version)
            if not post.is_public() or AT_ONCE in request.POST:
                return self._restore(request, post, version)
            messages.warning(request, _("Readers would see this version at once. Choose below what you want."))
            return HttpResponseRedirect(f"{request.path}#restore")
        restoring = self._differences_to(request, post, version)
        return post_response(
            request,
            "admin/posts/post/version.html",
            post,
            title=_("Version %(version)s of “%(post)s”") % {"version": found[0].version, "post": post},
            here=_("Version %s") % found[0].version,
            between=_below_history(request, post),
            version=version,
            restoring=restoring,
            may_restore=may_restore,
            is_public=post.is_public(),
            has_pending=post.pending is not None,
            waiting=[difference for difference in restoring if difference.name in WAITING_FIELDS],
            not_waiting=[difference.label for difference in restoring if difference.name not in WAITING_FIELDS],
            **(extra_context or {}),
        )

    def _comparison(self, request: HttpRequest, post: Post) -> HttpResponse:
        """Show the differences between any two versions, the older one first."""
        numbers = [request.GET.get(name, "") for name in ("from", "to")]
        records = {}
        if all(map(is_key, numbers)):
            # The record of a deletion has the same version number as the record before it, which is the one to keep.
            records = {record.version: record for record in self._records(post).filter(version__in=numbers)}
        if missing := [number for number in numbers if not is_key(number) or int(number) not in records]:
            messages.error(request, _("This post has no version %s. Choose two from the list.") % missing[0][:20])
            return HttpResponseRedirect(f"{request.path}{_query(request)}")
        chosen = sorted((records[int(number)] for number in numbers), key=lambda record: record.history_id)
        pair = self._versions(request, [*reversed(chosen)], rows=text_diffs.MAX_ROWS)[::-1]
        return post_response(
            request,
            "admin/posts/post/comparison.html",
            post,
            title=_("Two versions of “%s”") % post,
            here=_("Two versions"),
            between=_below_history(request, post),
            pair=pair,
        )

    def _post_or_404(self, request: HttpRequest, object_id: str) -> Post:
        post = self.get_object(request, unquote(object_id))
        if post is None:
            raise Http404
        if not self.has_view_or_change_permission(request, post):
            raise PermissionDenied
        return post

    def _records(self, post: Post):
        # In the order of the primary key, which the index on `id` has for the rows of one post.
        return Post.history.filter(id=post.pk).select_related("history_user").order_by(*NEWEST_FIRST)

    def _versions(self, request: HttpRequest, records: list[Model], *, rows: int) -> list[dict[str, Any]]:
        """Describe records, newest first, each compared with the next one in the list."""
        links, related = _links(records), _related(records, request.user)
        described = []
        for record, previous in zip_longest(records, records[1:]):
            new, old = (
                _version_as_text(record, links, related),
                _version_as_text(previous, links, related) if previous else {},
            )
            described.append(
                {
                    "record": record,
                    "links": links[record.history_id],
                    "differences": _compare(old, new, rows) if previous else [],
                    "is_first": record.history_type == "+",
                }
            )
        return described

    def _differences_to(self, request: HttpRequest, post: Post, version: dict[str, Any]) -> list[text_diffs.Difference]:
        """Compare the stored post with what restoring the version would make of it."""
        related = _related([post, version["record"]], request.user)
        links = _links_as_text({"tags": list(post.tags.all()), "authors": post.ordered_authors})
        names = _fields_to_restore(post, related)
        current = _fields_as_text(post, names, links, related)
        restored = _fields_as_text(version["record"], names, _links_as_text(version["links"]), related)
        return _compare(current, restored, text_diffs.MAX_ROWS)

    def _restore_for_later(self, request: HttpRequest, post: Post, version: dict[str, Any]) -> HttpResponse:
        """Let what can wait of a version wait beside the published post, whose readers see nothing of it yet."""
        record = version["record"]
        values = _values_to_restore(record, post, request.user)
        sent = request.POST.get("version", "")
        try:
            waiting = services.keep_for_later(
                post,
                by=request.user,
                expected_version=int(sent) if is_key(sent) else 0,
                reason=f"restored version {record.version}",
                **{name: value for name, value in values.items() if name in WAITING_FIELDS},
            )
        except services.StaleVersion:
            messages.error(request, _("The post was saved meanwhile. Look again at what restoring would change."))
            return HttpResponseRedirect(request.path)
        except ValidationError as error:
            messages.error(request, _("This version cannot be restored: %s") % " ".join(error.messages))
            return HttpResponseRedirect(request.path)
        if waiting is None:
            messages.info(request, _("There is nothing to keep: readers see this already."))
            return HttpResponseRedirect(request.path)
        self.log_change(request, post, _("Restored version %s, for later.") % record.version)
        note = _("Version %s waits beside the post. Readers see the post as before until you publish it.")
        messages.success(request, note % record.version)
        return HttpResponseRedirect(reverse("pending_version", args=[post.pk]))

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
                tags=list(dict.fromkeys(tag for tag in links["tags"] if tag)),
                authors=authors,
                reason=f"restored version {record.version}",
                **_values_to_restore(record, post, request.user),
            )
        except services.StaleVersion:
            messages.error(request, _("The post was saved meanwhile. Look again at what restoring would change."))
            return here
        except ValidationError as error:
            messages.error(request, _("This version cannot be restored: %s") % " ".join(error.messages))
            return here
        self.log_change(request, post, _("Restored version %s.") % record.version)
        messages.success(
            request, _("Version %(old)s is back, as version %(new)s.") % {"old": record.version, "new": post.version}
        )
        return HttpResponseRedirect(reverse("admin:posts_post_change", args=[quote(post.pk)]))


def pending_differences(post: Post, user) -> list[text_diffs.Difference]:
    """Return how the pending version of a post differs from what readers see."""
    changed = copy(post)
    post.pending.apply_to(changed)
    names = [name for name in COMPARED_FIELDS if name in post.pending.changes]
    related = _related([post, changed], user)
    texts = [_fields_as_text(row, names, {}, related) for row in (post, changed)]
    return _compare(*texts, text_diffs.MAX_ROWS)


def post_response(request: HttpRequest, template: str, post: Post, **context: Any) -> HttpResponse:
    """Return a page about a post, with the context of every admin page and the choice of view (`_views`)."""
    post_admin = admin.site.get_model_admin(Post)
    request.current_app = post_admin.admin_site.name
    context |= {
        **post_admin.admin_site.each_context(request),
        "opts": post_admin.opts,
        "post": post,
        "title": context["title"],
    }
    context |= {"inline": _is_inline(request), "keep": _query(request), "views": _views(request)}
    return TemplateResponse(request, template, context)


def _below_history(request: HttpRequest, post: Post) -> tuple[tuple[str, str], ...]:
    """Return what stands in the trail between a post and a page of one of its versions."""
    return ((_("History"), reverse("admin:posts_post_history", args=[post.pk]) + _query(request)),)


def _is_inline(request: HttpRequest) -> bool:
    return request.GET.get("view") == "inline"


def _query(request: HttpRequest, **parameters: Any) -> str:
    """Return the query string of a link to another page of the history, which keeps the chosen view."""
    kept = {"view": "inline"} if _is_inline(request) else {}
    return f"?{urlencode(parameters | kept)}" if parameters or kept else ""


def _views(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Return the two views of a comparison: the name, the URL of this page in it, and whether it is the current one."""
    here = {name: value for name, value in request.GET.items() if name != "view"}
    choices = [(_("Side by side"), here, False), (_("In one column"), here | {"view": "inline"}, True)]
    is_inline = _is_inline(request)
    return [(name, f"?{urlencode(query)}", inline == is_inline) for name, query, inline in choices]


def _links(records: list[Model]) -> dict[int, dict[str, list]]:
    """Fetch the tags and authors of versions, by one query each; None stands for an object that was deleted since."""
    found = {record.history_id: {name: [] for name in M2M_FIELDS} for record in records}
    for name, target, order in (("tags", "tag", "m2m_history_id"), ("authors", "author", "position")):
        rows = post_records.m2m_models[Post._meta.get_field(name)].objects.filter(history_id__in=found)
        rows = list(rows.select_related(target).order_by(order))
        merged_into = (
            _merge_targets(row.tag_id for row in rows if not _link_target(row, target)) if name == "tags" else {}
        )
        for row in rows:
            found[row.history_id][name].append(
                _link_target(row, target) or merged_into.get(getattr(row, f"{target}_id"))
            )
    return found


def _merge_targets(tags: Iterable[int]) -> dict[int, Tag]:
    """Return, by the key of a deleted tag, the tag into which it was merged."""
    deleted = set(tags)
    aliases = TagAlias.objects.filter(former_id__in=deleted).select_related("tag") if deleted else ()
    return {alias.former_id: alias.tag for alias in aliases}


def _link_target(row: Model, target: str):
    """Return the tag or author that a historical link points to, or None if it was deleted."""
    return row._state.fields_cache.get(target)


def _links_as_text(links: dict[str, list]) -> dict[str, str]:
    def names(found: list) -> list[str]:
        return [str(item) if item else _("(deleted since)") for item in found]

    return {
        "tags": as_text(None, sorted(names(links["tags"]))),
        "authors": as_text(None, names(links["authors"])),
    }


def _fields_as_text(
    row: Model, names: Iterable[str], links: dict[str, str], related: dict[str, dict[Any, Model]]
) -> dict[str, str]:
    """Return fields of a post or a version as display text; `links` are its tags and authors as display text."""
    return {name: links[name] if name in links else _field_as_text(row, name, related) for name in names}


def _version_as_text(record: Model, links: dict[int, dict[str, list]], related: dict[str, dict]) -> dict[str, str]:
    return _fields_as_text(record, COMPARED_FIELDS, _links_as_text(links[record.history_id]), related)


def _related(records: list[Model], user) -> dict[str, dict[Any, Model]]:
    """Fetch the targets of the foreign keys of posts or versions: one query per field, without text columns.

    Posts that the user may not know of are left out, as if they did not exist.
    """
    found = {}
    for field in map(_field, COMPARED_FIELDS):
        if field.many_to_one:
            model, keys = field.related_model, {getattr(record, field.attname) for record in records} - {None}
            texts = [column.name for column in model._meta.concrete_fields if isinstance(column, TextField)]
            targets = model._default_manager.defer(*texts)
            found[field.name] = (targets.known_to(user) if model is Post else targets).in_bulk(keys)
    return found


def _field_as_text(record: Model, name: str, related: dict[str, dict]) -> str:
    """Return a field of a post or a version as display text."""
    field = _field(name)
    value = getattr(record, field.attname)
    if field.is_relation and value is not None:
        missing = NOT_AVAILABLE if field.related_model is Post else _("(deleted since)")
        return str(related[field.name].get(value) or missing)
    return as_text(field, value)


def _values_to_restore(record: Model, post: Post, user) -> dict[str, Any]:
    """Return the values of a version that are restored, without its links; None for a deleted foreign key target."""
    related = _related([record, post], user)
    fields = [_field(name) for name in _fields_to_restore(post, related) if name not in M2M_FIELDS]
    values = {field: getattr(record, field.attname) for field in fields}
    return {
        field.name: related[field.name].get(value) if field.is_relation else value for field, value in values.items()
    }


def _fields_to_restore(post: Post, related: dict[str, dict[Any, Model]]) -> list[str]:
    """Return the fields that restoring sets: not the original, if the user may not know of the one that is stored."""
    stored = post.translation_of_id
    kept = {"translation_of"} if stored is not None and stored not in related["translation_of"] else set()
    return [name for name in RESTORED_FIELDS if name not in kept]


def _field(name: str):
    return Post._meta.get_field(name)


def _compare(old: dict[str, str], new: dict[str, str], rows: int) -> list[text_diffs.Difference]:
    labels = {name: _LABELS.get(name) or _field(name).verbose_name for name in new}
    return [
        text_diffs.difference(labels[name], old[name], new[name], max_rows=rows)._replace(name=name)
        for name in new
        if text_diffs.is_changed(old[name], new[name])
    ]
