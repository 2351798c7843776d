"""Content that only its owners may see, with a unique word in each private field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from apps.api.models import ApiToken
from apps.audit.models import AuditEntry
from apps.comments.models import Comment
from apps.comments.services import import_comment
from apps.editor import notes, reviews
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import Post, PreviewLink

WORDS = ("title", "summary", "body", "seo_title", "seo_description", "reason")
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Content:
    """The keys of rows by model, and the words in them that only some may see."""

    keys: dict[type[Model], list[int]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def add(self, *rows: Model) -> None:
        for row in rows:
            self.keys.setdefault(type(row), []).append(row.pk)

    def secret(self, *names: str) -> str:
        """Return a new word that contains no other one, and that can be a slug."""
        word = f"{''.join(names)}kept".replace("_", "")
        self.secrets.add(word)
        return word

    def of(self, model: type[Model]) -> list[int]:
        return self.keys.get(model, [])

    def sample(self) -> Content:
        """Return a part of the rows: of each model one of everybody, one of the visitor and two that they may not see."""
        return Content({model: _at(keys, 0, 2, -3, -1) for model, keys in self.keys.items()})

    def hidden(self) -> Content:
        """Return one row of each model, which the visitor may not see if there is such a row."""
        return Content({model: keys[-1:] for model, keys in self.keys.items()})

    def __add__(self, other: Content) -> Content:
        keys = {model: [*self.of(model), *other.of(model)] for model in {*self.keys, *other.keys}}
        return Content(keys, self.secrets | other.secrets)


def _at(keys: list[int], *positions: int) -> list[int]:
    return [keys[position] for position in positions] if len(keys) > len(positions) else keys


def start_of(owner: User) -> str:
    """Return how each secret word of an owner begins, to search for."""
    return f"{owner.username}hides"


def known_address(owner: User) -> str:
    """Return the slug of a scheduled post that somebody might guess. It is not among the secret words."""
    return f"address-of-{owner.username}"


def former_address(owner: User) -> str:
    """Return the alias of a draft that somebody might guess."""
    return f"/former-address-of-{owner.username}/"


def public(owner: User, links_to: Iterable[User]) -> Content:
    """Create what everybody may see: a post with a comment, whose e-mail and IP addresses are private."""
    content = Content()
    links = " ".join(f"[x](/{known_address(user)}/) [y]({former_address(user)})" for user in links_to)
    post = services.create_post(
        by=owner,
        authors=[owner.author],
        title=f"Public of {owner.username}",
        body=f"Words. {links}",
        status="published",
        published_at=PAST,
    )
    comment = import_comment(
        post=post,
        parent=None,
        created_at=PAST,
        name="Rita",
        body="Well said.",
        status=Comment.Status.APPROVED,
        email=f"{content.secret(owner.username, 'reader')}@example.org",
        address="2001:db8:dead::1",
    )
    content.secrets.add("2001:db8:dead::1")
    content.add(post, comment)
    return content


def private_posts(owner: User) -> Content:
    """Create a draft, a scheduled and a trashed post, with a preview link, an autosave and a comment."""
    content, start = Content(), start_of(owner)

    def write(kind: str, **fields) -> Post:
        words = {name: content.secret(start, kind, name) for name in WORDS}
        address = f"https://example.org/{content.secret(start, kind, 'canonical')}"
        slug = fields.pop("slug", None) or content.secret(start, kind, "slug")
        post = services.create_post(
            by=owner, authors=[owner.author], canonical_url=address, slug=slug, **words | fields
        )
        content.add(post)
        return post

    draft = write("draft", aliases=[former_address(owner)])
    content.add(*draft.aliases.all())
    future = timezone.now() + timedelta(days=9)
    write("scheduled", slug=known_address(owner), status="published", published_at=future)
    services.trash_post(write("trashed"), by=owner, expected_version=1)
    _link, secret = PreviewLink.objects.issue(post=draft, by=owner, days=7)
    content.secrets.add(secret)
    text = f'[["title", ["{content.secret(start, "autosave")}"]]]'
    Autosave.objects.create(user=owner, key=f"post:{draft.pk}", post=draft, text=text, saved_at=timezone.now())
    reviews.ask(draft, by=owner, reviewer=owner)
    reviews.assign(draft, owner, by=owner)
    notes.add(draft, by=owner, text=content.secret(start, "note"), quote=content.secret(start, "quote"))
    words = {name: content.secret(start, "comment", name) for name in ("name", "body")}
    content.add(import_comment(post=draft, parent=None, created_at=PAST, status="approved", **words))
    return content


def pending_version(owner: User) -> Content:
    """Save changes of an owner's public post for later."""
    content = Content()
    post = Post.objects.get(title=f"Public of {owner.username}")
    words = {name: content.secret(start_of(owner), "changes", name) for name in WORDS}
    address = f"https://example.org/{content.secret(start_of(owner), 'changes', 'canonical')}"
    services.keep_for_later(post, by=owner, expected_version=post.version, canonical_url=address, **words)
    return content


def pending_comment(post_id: int) -> Content:
    """Create a comment that waits for approval."""
    content = Content()
    words = {name: content.secret("pendinghides", str(post_id), "x", name) for name in ("name", "body")}
    post = Post.objects.get(pk=post_id)
    content.add(import_comment(post=post, parent=None, created_at=PAST, status="pending", **words))
    return content


def token(owner: User) -> Content:
    """Issue an API token. Its secret and its digest are nobody's to see."""
    content = Content()
    row, secret = ApiToken.objects.issue(
        user=owner, scopes=["read"], expires_at=None, name=content.secret(start_of(owner), "token")
    )
    content.secrets |= {secret, row.digest, row.hint}
    content.add(row)
    return content


def audit_entry(user: User, post_id: int, name: str) -> None:
    """Record that a user changed a post."""
    AuditEntry.objects.create(
        user=user,
        username=user.username,
        action=AuditEntry.Action.CHANGED,
        model="posts.post",
        object_id=str(post_id),
        object_name=name,
        address="192.0.2.77",
    )
