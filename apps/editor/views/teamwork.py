"""The forms of a post's panel for reviews, assignments and notes.

They are plain forms. A script that sends one gets the panel anew as JSON, so that an unsaved text stays on the page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.admin.forms import is_key
from apps.editor import notes, reviews
from apps.editor.models import Assignment, Note, ReviewRequest
from apps.editor.post_mails import Event, name_of
from apps.posts.models import Post

from .access import check_permission, post_admin, post_page
from .drafts import Refused, json_view

ASK = "_ask_review"
"""The button of a post's form that saves it and asks for a review. What begins with “_” is in no draft."""
REVIEWER, ASK_WORDS = "_reviewer", "_review_words"
MAX_WORDS = 2000


class Done(NamedTuple):
    """What a form has done: words for the user, and words for the log; both empty if it changed nothing."""

    said: str = ""
    logged: str = ""


def panel_form(change: Callable[[HttpRequest, Post], Done]) -> Callable[..., HttpResponse]:
    """Make a view of a function that does what a form of the panel says. It raises ValidationError for bad input."""

    def as_page(request: HttpRequest, post: Post) -> HttpResponse:
        if request.method == "POST":
            try:
                messages.success(request, _run(change, request, post))
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(f"{reverse('admin:posts_post_change', args=[post.pk])}#teamwork")

    @wraps(change)
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        if request.headers.get("Accept") != "application/json":
            return post_page("change")(as_page)(request, object_id)
        return json_view(lambda request: _as_json(change, request, object_id))(request)

    return view


def _as_json(change: Callable[[HttpRequest, Post], Done], request: HttpRequest, object_id: str) -> dict[str, Any]:
    post = post_admin().get_object(request, unquote(object_id))
    if post is None:
        raise Refused(_("This post is not there any more, or not yours to change."), 404)
    check_permission(request, ("change",), post)
    try:
        said = _run(change, request, post)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    teamwork = context_of(request, post, *reviews.of_post(post))
    context = {"original": post, "teamwork": teamwork, "user": request.user}
    return {"said": said, "html": render_to_string("admin/posts/post/teamwork.html", context, request)}


def _run(change: Callable[[HttpRequest, Post], Done], request: HttpRequest, post: Post) -> str:
    with transaction.atomic():
        done = change(request, post)
        if done.logged:
            post_admin().log_change(request, post, done.logged)
    return done.said or _("Nothing was changed.")


@panel_form
def review(request: HttpRequest, post: Post) -> Done:
    """End a review: the post is good, goes back to whoever asked, or needs none any more."""
    words = _words(request, "words")
    match request.POST.get("do"):
        case "approve":
            ended, done = Event.APPROVED, Done(_("The review is done; whoever asked is told."), _("Reviewed: good."))
        case "send_back":
            ended, done = Event.SENT_BACK, Done(_("Sent back to whoever asked."), _("Reviewed: sent back."))
            if not words:
                raise ValidationError(_("Say in a few words what should be changed."))
        case "withdraw":
            ended, done = (
                Event.WITHDRAWN,
                Done(_("The request for a review was withdrawn."), _("Withdrew the request for a review.")),
            )
        case _other:
            return Done()
    if not reviews.end(post, ended, by=request.user, words=words):
        raise ValidationError(_("This post does not wait for a review any more."))
    if words:
        notes.keep(post, by=request.user, text=words)
    return done


@panel_form
def assignment(request: HttpRequest, post: Post) -> Done:
    """Assign the post to the chosen person, or to nobody."""
    person = _person(request, post, "person")
    if not reviews.assign(post, person, by=request.user):
        return Done()
    if person is None:
        return Done(_("Assigned to nobody."), _("Assigned to nobody."))
    said = _("Assigned to %s.") % name_of(person)
    return Done(said, said)


@panel_form
def discuss(request: HttpRequest, post: Post) -> Done:
    """Leave a note, answer one, mark one as done, open it again, or delete it."""
    sent, by = request.POST, request.user
    if "add" in sent:
        place = {name: sent.get(name, "") for name in ("quote", "before", "after")}
        notes.add(post, by=by, text=sent.get("text", ""), **place)
        return Done(_("Your note was added."), _("Added a note."))
    name = next((name for name in ("answer", "settle", "reopen", "remove") if name in sent), "")
    if not name:
        return Done()
    note = _note(post, sent[name])
    match name:
        case "answer":
            notes.answer(note, by=by, text=sent.get(f"text-{note.pk}", ""))
            return Done(_("Your answer was added."), _("Answered a note."))
        case "settle":
            notes.settle(note)
            return Done(_("Marked as done."), _("Marked a note as done."))
        case "reopen":
            notes.reopen(note)
            return Done(_("The note is open again."), _("Opened a note again."))
    notes.remove(note, by=by)
    return Done(_("The note was deleted."), _("Deleted a note."))


def _note(post: Post, key: str) -> Note:
    found = Note.objects.filter(post=post, pk=key).select_related("post", "writer").first() if is_key(key) else None
    if found is None:
        raise ValidationError(_("This note is not there any more."))
    return found


def _words(request: HttpRequest, name: str) -> str:
    words = request.POST.get(name, "").replace("\r\n", "\n").strip()
    if len(words) > MAX_WORDS:
        raise ValidationError(_("This note is too long: it can have at most %s characters.") % MAX_WORDS)
    return words


def _person(request: HttpRequest, post: Post, name: str) -> User | None:
    """Return the chosen one of those who may change a post, or None if nobody is chosen. Raises ValidationError."""
    key = request.POST.get(name, "")
    if not key:
        return None
    person = next((person for person in reviews.everybody_for(post) if str(person.pk) == key), None)
    if person is None:
        raise ValidationError(
            _("This person may not change the post. Choose somebody else, or add them to its authors first.")
        )
    return person


def after_saving(request: HttpRequest, post: Post, *, was_published: bool) -> None:
    """After a post was saved: end its review if it was published, and ask for one if that button was pressed."""
    if was_published:
        reviews.published(post, by=request.user)
    if ASK not in request.POST:
        return
    try:
        reviewer, words = _person(request, post, REVIEWER), _words(request, ASK_WORDS)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return
    reviews.ask(post, by=request.user, reviewer=reviewer, words=words)
    if words:
        notes.keep(post, by=request.user, text=words)
    who = name_of(reviewer) if reviewer else _("whoever may publish it")
    post_admin().log_change(request, post, _("Asked for a review: %s.") % who)
    messages.success(request, _("Asked for a review: %s.") % who)


def marks(post: Post) -> SafeString:
    """Return what the list says of a post's review and assignment. `PostAdmin.list_queryset` fetches both."""
    said = []
    waiting, assigned = reviews.loaded_with(post)
    if waiting:
        who = waiting.reviewer and name_of(waiting.reviewer)
        said.append(_("Waits for a review by %s") % who if who else _("Waits for a review"))
    if assigned:
        said.append(_("Assigned to %s") % name_of(assigned.person))
    return format_html_join("", '<span class="mark">{}</span>', ((words,) for words in said))


def context_of(
    request: HttpRequest, post: Post, waiting: ReviewRequest | None, assigned: Assignment | None
) -> dict[str, Any]:
    """Return the template context of the panel's part: two queries."""
    threads = notes.of_post(post)
    return {
        "review": waiting,
        "assignment": assigned,
        "people": reviews.everybody_for(post),
        "open": [thread for thread in threads if not thread.note.settled_at],
        "settled": [thread for thread in threads if thread.note.settled_at],
        "is_busy": bool(waiting or assigned or any(not thread.note.settled_at for thread in threads)),
        "chosen_reviewer": request.POST.get(REVIEWER, ""),
        "chosen_words": request.POST.get(ASK_WORDS, "") if ASK in request.POST else "",
    }
