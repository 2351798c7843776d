"""No endpoint of the desk or the API shows somebody what is not theirs to see, or that it exists.

Each request is sent twice: while others have private content, and without it. Both answers have to be the same. So an
answer contains no word of that content, and an id that is not theirs cannot be told from one that does not exist.

Some things cannot be hidden, and are no part of this content: that an address is taken, that a post which somebody may
not see shows their image, and that it is a translation of theirs into some language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import zip_longest
from os.path import commonprefix
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.api.models import ApiToken
from apps.core import content_state
from apps.editor import autosaves
from apps.posts.models import Post
from apps.site.models import Site
from tests.editor.forms import fields_of

from . import private_content
from .endpoints import MISSING, Attempt, api_attempts, desk_attempts, references, routes
from .private_content import Content

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

CAST = ["anonymous", "alice", "bob", "charlie", "erika", "anna"]
OWNERS = ["alice", "bob"]
MODERATORS = ["erika", "anna"]

MASKS = [
    r'name="csrfmiddlewaretoken" value="(\w+)"',
    r'"csrf": "(\w+)"',
    r'"request_id": "(\w+)"',
    r"\bbst_(\w+)",
    r"nonce[-=]\"?([\w+/=-]+)",
    r"\bnew:(\w{20})",
    r"[?&]after=([\w:.%-]+)",
    r"/preview/([\w-]{32})/",
    r"(\d\d:\d\d:\d\d(?:[.,]\d+)?)",
    r"(just now|\d+ minutes? ago)",
    # When a new token ends.
    r'name="expires_at_1" value="([\d:]+)"',
    # The ETag of a row that a batch made or changed.
    r'\\"(\d+-[0-9a-f]{8})\\"',
    # A new key of an app, as text, in an address and as a QR code, and the questions to a passkey.
    r'id="app-secret">([^<]+)<',
    r"[?]secret=(\w+)",
    r'class="qrline" stroke="[^"]*" d="([^"]+)"',
    r'"(?:challenge|id)": "([\w-]{40,})"',
]
"""What differs in two answers to the same request: tokens, and the time."""

UNCOMPARED = {"Set-Cookie", "Date", "X-Request-ID", "Content-Length"}


MOST_REPORTED = 30


class Answer(NamedTuple):
    """A response, without what differs each time."""

    status: int
    headers: dict[str, str]
    body: str


class Visitor:
    """Sends the requests of one user, and undoes what they change."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if user is not None:
            self.client.force_login(user)
            secret = ApiToken.objects.issue(
                user=user, scopes=["create", "read", "update", "delete"], expires_at=None, name="own"
            )[1]
            self.headers = {"Authorization": f"Bearer {secret}"}
        self.cookies = self.client.cookies.output()

    def send(self, attempt: Attempt):
        """Send a request and return the response."""
        is_api = attempt.url.startswith("/api/")
        options = {"headers": self.headers | {"If-Match": "*"}, "content_type": "application/json"} if is_api else {}
        if attempt.method == "GET":
            options.pop("content_type", None)
        send = getattr(self.client, attempt.method.lower())
        cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}
        with undone():
            response = send(attempt.url, attempt.data, **options) if attempt.data else send(attempt.url, **options)
        self.client.cookies.clear()
        self.client.cookies.load(cookies)
        return response

    def answer(self, attempt: Attempt) -> Answer:
        """Send a request and return what can be compared."""
        return _comparable(attempt, self.send(attempt))


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is written to the database within the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _comparable(attempt: Attempt, response) -> Answer:
    body = (b"".join(response.streaming_content) if response.streaming else response.content).decode("utf-8", "replace")
    if attempt.url.startswith("/admin/autocomplete/"):
        body = " ".join(sorted(re.findall(r"\{[^{}]*\}", body)))  # The found posts have no order.
    is_done = not attempt.is_read and response.status_code < 400
    # The ETag of a new row depends on its key and the time; that of the change feed on how often anything was written.
    uncompared = UNCOMPARED | ({"ETag"} if is_done or "/changes/" in attempt.url else set())
    texts = [body, *(f"{name}: {value}" for name, value in response.items() if name not in uncompared)]
    for mask in MASKS:
        texts = [re.sub(mask, lambda found: found[0].replace(found[1], "…"), text) for text in texts]
    if is_done:
        # The keys of new rows differ.
        texts = [re.sub(r"\d+", "#", text) for text in texts]
    return Answer(response.status_code, dict(text.split(": ", 1) for text in texts[1:]), texts[0])


class World(NamedTuple):
    """What there is: rows that the visitor may see, and how to add those that they may not."""

    user: User | None
    seen: Content
    hide: Callable[[], Content]
    queries: list[str]


@pytest.fixture
def world(who, alice, bob, charlie, erika, anna, settings, monkeypatch) -> World:
    """Content of Alice and Bob, of which the visitor may see only a part."""
    # However long the requests take, who typed in a post is not forgotten between them.
    monkeypatch.setattr(autosaves, "ACTIVE_FOR", timedelta(days=1))
    settings.API_ADDRESS_RATES = settings.API_TOKEN_RATES = {}
    settings.COMMENTS_PER_HOUR = 0
    cache.clear()
    Site.objects.update_or_create(pk=1, defaults={"comments": "moderated"})
    cast = {"anonymous": None, "alice": alice, "bob": bob, "charlie": charlie, "erika": erika, "anna": anna}
    people, user = [alice, bob], cast[who]
    seen = sum((private_content.public(owner, people) for owner in people), Content())
    seen.secrets |= {f"{name}@example.org" for name, other in cast.items() if other and other != user}
    own = people if who in MODERATORS else [user] if who in OWNERS else []
    for owner in own:
        seen += Content(private_content.private_posts(owner).keys)
    others = [owner for owner in people if owner not in own]

    def hide() -> Content:
        """Create what the visitor may not see."""
        hidden = sum((private_content.private_posts(owner) for owner in others), Content())
        hidden += sum((private_content.pending_version(owner) for owner in others), Content())
        if who not in MODERATORS:
            hidden += sum((private_content.pending_comment(pk) for pk in seen.of(Post)[:2]), Content())
        if who != "anna":
            hidden += sum((private_content.token(owner) for owner in people if owner != user), Content())
        return hidden

    queries = [private_content.start_of(owner) for owner in people]
    queries += [private_content.known_address(owner) for owner in people]
    return World(user, seen, hide, queries)


def refer_to(content: Content, hidden: Content, user: User | None) -> None:
    """Refer to hidden posts where no foreign key is: in old versions and in the audit trail."""
    for key in hidden.of(Post)[:1]:
        versions = Post.history.filter(id=content.of(Post)[-1]).order_by("history_id").values_list("pk", flat=True)
        Post.history.filter(pk__in=list(versions[:1])).update(translation_of=key)
        if user is not None:
            private_content.audit_entry(user, key, "The title that it had")


def attempts_on_forms(visitor: Visitor, content: Content) -> list[Attempt]:
    """Return a submission of each form of the desk, with each row that a field of it could be made to refer to."""
    found = []
    for route in routes():
        if getattr(route.view, "__name__", "") not in ("add_view", "change_view"):
            continue
        of_rows = "object_id" in route.path
        for key in content.of(route.model)[:2] if of_rows else [0]:
            url = f"/{route.path}".replace("<path:object_id>", str(key))
            response = visitor.send(Attempt("GET", url))
            if response.status_code != 200 or "adminform" not in (response.context or {}):
                continue
            fields = fields_of(response, f"{route.model._meta.model_name}_form")
            fields.pop("csrfmiddlewaretoken", None)
            found.append(Attempt("POST", url, fields))
            form = response.context["adminform"].form
            found += [
                Attempt("POST", url, fields | {name: key}) for name, key in references(form.fields, content.sample())
            ]
    return found


def bodies(content: Content, words: list[str]) -> dict[str, list[dict]]:
    """Return the bodies of the editor's own endpoints, by URL."""
    keys = [*content.sample().of(Post), MISSING]
    text = " ".join(f"[x](/{word}/)" for word in words)
    text += "".join(f" [y](/former-address-of-{name}/)" for name in OWNERS)
    on_forms = [{"draft_key": f"post:{key}", "translation_of": other} for key in keys for other in keys[-2:]]
    return {
        reverse("check_text"): [{"title": "T", "summary": "S", "body": text, "slug": word} for word in ["t", *words]],
        reverse("render_text"): [{"title": "T", "body": text}],
        reverse("autosave"): on_forms + [{"draft_key": "new:abcdefghijklmnopqrst"}],
        reverse("editor_presence"): on_forms + [{"draft_key": "new:abcdefghijklmnopqrst"}],
        reverse("draft_difference"): on_forms
        + [{"draft_key": "new:abcdefghijklmnopqrst", "translation_of": key} for key in keys],
        reverse("untrash_posts"): [{"post": [key]} for key in keys],
        reverse("trash_post"): [{"post": [key]} for key in keys],
        reverse("duplicate_post"): [{"post": [key]} for key in keys],
        reverse("feature_post"): [{"post": [key]} for key in keys],
        **{reverse("preview_links", args=[key]): [{"days": "7"}, {"revoke": "1"}] for key in keys},
        **{reverse("review_post", args=[key]): [{"do": "approve"}, {"do": "withdraw"}] for key in keys},
        **{reverse("assign_post", args=[key]): [{"person": "1"}, {"person": ""}] for key in keys},
        **{
            reverse("post_notes", args=[key]): [{"add": "1", "text": "Mine"}, {"settle": "1"}, {"remove": "1"}]
            for key in keys
        },
        **{reverse("pending_version", args=[key]): [{"version": "1", "pending_version": "1"}] for key in keys},
        **{reverse("discard_pending", args=[key]): [{"pending_version": "1"}] for key in keys},
    }


def all_attempts(world: World, visitor: Visitor, content: Content) -> list[Attempt]:
    return [
        *api_attempts(content, world.queries),
        *desk_attempts(content, world.queries, bodies(content, world.queries)),
        *attempts_on_forms(visitor, content),
    ]


# Alice stands for those who see least of what they may write; the others take a minute together.
@pytest.mark.parametrize(
    "who", [who if who == "anonymous" else pytest.param(who, marks=pytest.mark.heavy) for who in CAST]
)
def test_an_answer_is_the_same_whether_others_have_private_content_or_not(who, world):
    visitor = Visitor(world.user)
    with undone():
        hidden = world.hide()
        content = world.seen + hidden
        refer_to(world.seen, hidden, world.user)
        attempts = all_attempts(world, visitor, content)
        with_it = answers(visitor, [attempt for attempt in attempts if not attempt.is_read])
        # Only now: whoever writes a post of a group of translations meets the languages of the others.
        linked = Post.objects.filter(pk__in=world.seen.of(Post)[:-1])
        linked.update(translation_of=next(iter(hidden.of(Post)), None))
        with_it |= answers(visitor, [attempt for attempt in attempts if attempt.is_read])
    refer_to(world.seen, hidden, world.user)
    without_it = answers(visitor, attempts)
    # The visitor did get in: they see what is theirs.
    if world.user is not None and world.user.is_staff:
        reads = [with_it[str(attempt)].status for attempt in attempts if attempt.is_read]
        assert reads.count(200) > len(reads) * 3 / 8
    secrets = {word for word in content.secrets if not may_be_seen(word, who)}
    leaks = {name: found for name, answer in with_it.items() if (found := words_in(answer, secrets))}
    assert not leaks, report(leaks)
    differences = {name: difference(answer, without_it[name]) for name, answer in with_it.items()}
    differences = {name: found for name, found in differences.items() if found}
    assert not differences, report(differences)
    failed = {name: answer.status for name, answer in with_it.items() if answer.status >= 500 or answer.status == 429}
    assert not failed, report(failed)


def answers(visitor: Visitor, attempts: list[Attempt]) -> dict[str, Answer]:
    content_state.invalidate()
    return {str(attempt): visitor.answer(attempt) for attempt in attempts}


def may_be_seen(word: str, who: str) -> bool:
    """Return whether a moderator sees a private word of a comment, or an administrator of an account."""
    is_of_comment = "reader" in word or word == "2001:db8:dead::1"
    return (who in MODERATORS and is_of_comment) or (who == "anna" and word.endswith("@example.org"))


def report(problems: dict[str, Any]) -> str:
    lines = [f"{name}: {problem}" for name, problem in problems.items()]
    return f"{len(lines)}:\n" + "\n".join(lines[:MOST_REPORTED])


def words_in(answer: Answer, words: set[str]) -> list[str]:
    text = f"{answer.headers} {answer.body}".lower()
    return sorted(word for word in words if word.lower() in text)


def difference(one: Answer, other: Answer) -> str:
    """Return how two answers differ, or "" if they are the same."""
    if one == other:
        return ""
    if one.status != other.status:
        return f"{one.status} or {other.status}"
    if one.headers != other.headers:
        return f"{sorted(set(one.headers.items()) ^ set(other.headers.items()))}"
    first, second = one.body.splitlines(), other.body.splitlines()
    pairs = [(line, instead) for line, instead in zip_longest(first, second, fillvalue="") if line != instead]
    return "; ".join(f"{one!r} or {other!r}" for one, other in (_around_difference(*pair) for pair in pairs[:3]))


def _around_difference(line: str, instead: str) -> tuple[str, str]:
    """Return the parts of two lines in which they begin to differ."""
    start = max(len(commonprefix([line, instead])) - 100, 0)
    return line[start : start + 300].strip(), instead[start : start + 300].strip()
