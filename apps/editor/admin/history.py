"""Every saved version of a post: who saved it, when and why, what changed in it, and how to have it back."""

from __future__ import annotations

from collections.abc import Iterable
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
from apps.core.admin.forms import in_words, is_key
from apps.posts import services
from apps.posts.models import LINKED, Post, Tag, TagAlias, post_records
from apps.posts.post_fields import AUTHORED_FIELDS

_AFTER_THE_DATE = AUTHORED_FIELDS.index("published_at") + 1

# Nobody types when a post was moved to the trash, but a version that did it must say so.
COMPARED = (*AUTHORED_FIELDS[:_AFTER_THE_DATE], "trashed_at", *AUTHORED_FIELDS[_AFTER_THE_DATE:])

RESTORED = tuple(name for name in AUTHORED_FIELDS if name not in ("status", "published_at"))
"""What an old version gives back. Whether and when the post is published stays as it is."""

NEWEST_FIRST = ("-history_id",)
PER_PAGE = 10
ROWS_IN_LIST = 60
"""Rows of one field's comparison in the list of versions; the version's own page has them all."""

_LABELS = {"trashed_at": gettext_lazy("in the trash since")}
"""Names of fields that have none for people, since no form shows them."""


class PostHistory(SimpleHistoryAdmin):
    """The history views of django-simple-history, made bounded, readable, and restoring through services."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Show versions, newest first, each with what changed in it; ten to a page, found by key. Or compare two."""
        post = self._post_or_404(request, object_id)
        if "from" in request.GET or "to" in request.GET:
            return self._comparison(request, post)
        before = request.GET.get("before", "")
        records = self._records(post)
        if before.isdecimal():
            records = records.filter(keysets.beyond(NEWEST_FIRST, (before,)))
        # Each version is compared with the one after it in the list, which the page need not show.
        found = list(records[: PER_PAGE + 1])
        versions = self._versions(found, rows=ROWS_IN_LIST)[:PER_PAGE]
        _shown, last = keysets.cut(found, PER_PAGE)
        return answer(
            request,
            "admin/posts/post/history.html",
            post,
            title=_("History of “%s”") % post,
            versions=versions,
            older=_query(request, before=last.history_id) if last else "",
            newest=f"{request.path}{_query(request)}" if before else "",
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
        (version, *_rest) = self._versions(found, rows=text_diffs.MAX_ROWS)
        may_restore = self.has_change_permission(request, post)
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            return self._restore(request, post, version)
        return answer(
            request,
            "admin/posts/post/version.html",
            post,
            title=_("Version %(version)s of “%(post)s”") % {"version": found[0].version, "post": post},
            version=version,
            restoring=self._restoring(post, version),
            may_restore=may_restore,
            **(extra_context or {}),
        )

    def _comparison(self, request: HttpRequest, post: Post) -> HttpResponse:
        """Show how two versions differ, whichever they are, the older one first."""
        numbers = [request.GET.get(name, "") for name in ("from", "to")]
        records = {}
        if all(map(is_key, numbers)):
            # A version that was deleted with its post has the number of the one before.
            records = {record.version: record for record in self._records(post).filter(version__in=numbers)}
        if missing := [number for number in numbers if not is_key(number) or int(number) not in records]:
            messages.error(request, _("This post has no version %s. Choose two from the list.") % missing[0][:20])
            return HttpResponseRedirect(f"{request.path}{_query(request)}")
        chosen = sorted((records[int(number)] for number in numbers), key=lambda record: record.history_id)
        pair = self._versions([*reversed(chosen)], rows=text_diffs.MAX_ROWS)[::-1]
        return answer(
            request,
            "admin/posts/post/comparison.html",
            post,
            title=_("Two versions of “%s”") % post,
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
        # The rows of one post in the order of their keys are the index itself.
        return Post.history.filter(id=post.pk).select_related("history_user").order_by(*NEWEST_FIRST)

    def _versions(self, records: list[Model], *, rows: int) -> list[dict[str, Any]]:
        """Describe records, newest first, each compared with the one after it in the list."""
        links, related = _links(records), _related(records)
        described = []
        for record, previous in zip_longest(records, records[1:]):
            new, old = _values(record, links, related), _values(previous, links, related) if previous else {}
            described.append(
                {
                    "record": record,
                    "links": links[record.history_id],
                    "differences": _compare(old, new, rows) if previous else [],
                    "is_first": record.history_type == "+",
                }
            )
        return described

    def _restoring(self, post: Post, version: dict[str, Any]) -> list[text_diffs.Difference]:
        """Compare the post as it is with what it would be."""
        related = _related([post, version["record"]])
        links = _link_words({"tags": list(post.tags.all()), "authors": post.ordered_authors})
        now = _words(post, RESTORED, links, related)
        then = _words(version["record"], RESTORED, _link_words(version["links"]), related)
        return _compare(now, then, text_diffs.MAX_ROWS)

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
                **_restored(record),
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


def answer(request: HttpRequest, template: str, post: Post, **context: Any) -> HttpResponse:
    """Return a page about a post, beside its form: what every page of the admin shows, and the post."""
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


def _is_inline(request: HttpRequest) -> bool:
    return request.GET.get("view") == "inline"


def _query(request: HttpRequest, **parameters: Any) -> str:
    """Return the query of a link to another page of the history, which goes on showing texts as this one does."""
    kept = {"view": "inline"} if _is_inline(request) else {}
    return f"?{urlencode(parameters | kept)}" if parameters or kept else ""


def _views(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Return the two ways to show a comparison: name, address of this page in it, and whether it is shown so now."""
    here = {name: value for name, value in request.GET.items() if name != "view"}
    ways = [(_("Side by side"), here, False), (_("In one column"), here | {"view": "inline"}, True)]
    return [(name, f"?{urlencode(query)}", way == _is_inline(request)) for name, query, way in ways]


def _links(records: list[Model]) -> dict[int, dict[str, list]]:
    """Fetch tags and authors of versions, by one query each; `None` stands for one that was deleted since."""
    found = {record.history_id: {name: [] for name in LINKED} for record in records}
    for name, target, order in (("tags", "tag", "m2m_history_id"), ("authors", "author", "position")):
        rows = post_records.m2m_models[Post._meta.get_field(name)].objects.filter(history_id__in=found)
        rows = list(rows.select_related(target).order_by(order))
        stayed = _merged_into(row.tag_id for row in rows if not _present(row, target)) if name == "tags" else {}
        for row in rows:
            found[row.history_id][name].append(_present(row, target) or stayed.get(getattr(row, f"{target}_id")))
    return found


def _merged_into(tags: Iterable[int]) -> dict[int, Tag]:
    """Return the tags that those of these keys, which are gone, were merged into."""
    gone = set(tags)
    aliases = TagAlias.objects.filter(former_id__in=gone).select_related("tag") if gone else ()
    return {alias.former_id: alias.tag for alias in aliases}


def _present(row: Model, target: str):
    """Return what a row of a history's link points to, or None where that was deleted."""
    return row._state.fields_cache.get(target)


def _link_words(links: dict[str, list]) -> dict[str, str]:
    def names(found: list) -> list[str]:
        return [str(item) if item else _("(deleted since)") for item in found]

    return {
        "tags": in_words(None, sorted(names(links["tags"]))),
        "authors": in_words(None, names(links["authors"])),
    }


def _words(
    row: Model, names: Iterable[str], links: dict[str, str], related: dict[str, dict[Any, Model]]
) -> dict[str, str]:
    """Return these fields of a post or a version as an editor reads them; `links` are its tags and authors in words."""
    return {name: links[name] if name in links else _word(row, name, related) for name in names}


def _values(record: Model, links: dict[int, dict[str, list]], related: dict[str, dict]) -> dict[str, str]:
    return _words(record, COMPARED, _link_words(links[record.history_id]), related)


def _related(records: list[Model]) -> dict[str, dict[Any, Model]]:
    """Fetch what the fields of posts or versions point to, by one query for each field, and no texts."""
    found = {}
    for field in map(_field, COMPARED):
        if field.many_to_one:
            model, keys = field.related_model, {getattr(record, field.attname) for record in records} - {None}
            texts = [column.name for column in model._meta.concrete_fields if isinstance(column, TextField)]
            found[field.name] = model._default_manager.defer(*texts).in_bulk(keys)
    return found


def _word(record: Model, name: str, related: dict[str, dict]) -> str:
    """Return a field of a post or a version as an editor reads it."""
    field = _field(name)
    value = getattr(record, field.attname)
    if field.is_relation and value is not None:
        return str(related[field.name].get(value) or _("(deleted since)"))
    return in_words(field, value)


def _restored(record: Model) -> dict[str, Any]:
    """Return the fields that a version gives back, but for its links; None for one that points to what was deleted since."""
    related = _related([record])
    fields = [_field(name) for name in RESTORED if name not in LINKED]
    values = {field: getattr(record, field.attname) for field in fields}
    return {
        field.name: related[field.name].get(value) if field.is_relation else value for field, value in values.items()
    }


def _field(name: str):
    return Post._meta.get_field(name)


def _compare(old: dict[str, str], new: dict[str, str], rows: int) -> list[text_diffs.Difference]:
    labels = {name: _LABELS.get(name) or _field(name).verbose_name for name in new}
    return [
        text_diffs.difference(labels[name], old[name], new[name], most_rows=rows)
        for name in new
        if text_diffs.is_changed(old[name], new[name])
    ]
