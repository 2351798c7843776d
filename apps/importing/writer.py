"""Writing what importers read, through the services: every importer comes through here.

A post knows its source by `source_id`. The history's reason holds a fingerprint of what was imported, so that a later run
can tell apart: what has not changed since (left alone), what has (updated), and what has while the post was edited in
the blog too (left alone with a warning, unless told to overwrite).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.posts import services
from apps.posts.models import Author, Post, PostAlias, Tag
from blog_project import addresses

from . import previous_imports
from .problems import BadFile
from .report import Article, AuthorData, Level, Outcome, Report, Summary, TagData


class Writer:
    """Writes the posts of one import, and keeps count."""

    def __init__(
        self, *, overwrite: bool, dry_run: bool, report: Report, owner_of: Callable[[str], str | None]
    ) -> None:
        """`owner_of` returns the slug of the post that has an old path, among all that are imported."""
        self.overwrite, self.dry_run, self.report, self.owner_of = overwrite, dry_run, report, owner_of
        self.summary = Summary()
        self._tags: dict[str, Tag] = {}
        self._authors: dict[str, Author] = {}

    def put(
        self, article: Article, known: previous_imports.Known | None, *, then: Callable[[int], Any] | None = None
    ) -> Outcome:
        """Create the post, or change what changed at its source. `then` is called with its id. Raises ValidationError."""
        with transaction.atomic() if self.dry_run else nullcontext():
            pk, outcome = self._put(article, known)
            if then is not None:
                then(pk)
            if self.dry_run:
                # What would be written was, checks and all; none of it stays.
                transaction.set_rollback(True)
                self._tags.clear()
                self._authors.clear()
        return outcome

    def guarded(self, where: str, work: Callable[[], Any]) -> Any:
        """Do `work`; report what is bad and go on."""
        try:
            return work()
        except BadFile as error:
            self.report(Level.ERROR, where, error.line, error.message)
        except RecursionError:
            self.report(Level.ERROR, where, 1, _("is nested too deeply; take it apart"))
        except services.StaleVersion:
            self.report(Level.ERROR, where, 1, _("was changed in the blog just now; import it again"))
        return Outcome.FAILED

    def _put(self, article: Article, known: previous_imports.Known | None) -> tuple[int, Outcome]:
        if known and known.is_trashed:
            self.report(Level.NOTE, article.where, 1, _("is in the trash of the blog; left there"))
            return known.pk, Outcome.UNCHANGED
        fingerprint = _fingerprint(article)
        if known and known.fingerprint == fingerprint and not (self.overwrite and known.is_edited):
            return known.pk, Outcome.UNCHANGED
        if known and known.is_edited and not self.overwrite:
            told = _("has changed, but so has the post in the blog; left as it is there. --overwrite takes the file's")
            self.report(Level.WARNING, article.where, 1, told)
            return known.pk, Outcome.UNCHANGED
        pk, outcome = self._write(article, known, previous_imports.reason(article.shown, fingerprint))
        # Only now: of what has not changed, all was said when it was imported.
        for line, message in sorted(article.warnings):
            self.report(Level.WARNING, article.where, line, message)
        told = _("created at %s") if outcome == Outcome.CREATED else _("updated at %s")
        self.report(Level.DETAIL, article.where, 1, told % addresses.post(article.values["slug"]))
        return pk, outcome

    def _write(self, article: Article, known: previous_imports.Known | None, reason: str) -> tuple[int, Outcome]:
        links = {
            "tags": [self.tag(topic) for topic in article.topics],
            "authors": [self.author(person) for person in article.people],
            "aliases": self._aliases(article, known.pk if known else None),
        }
        values, now = article.values, timezone.now()
        if known is None:
            begun = article.created_at or min(values.get("published_at") or now, now)
            changed = min(article.modified_at or begun, now)
            values |= {"source_id": article.source_id, "created_at": min(begun, now), "updated_at": changed}
            post = services.create_post(by=None, reason=reason, **values, **links)
            return post.pk, Outcome.CREATED
        post = Post.objects.get(pk=known.pk)
        if article.modified_at:
            values["updated_at"] = min(article.modified_at, now)
        services.update_post(post, by=None, expected_version=post.version, reason=reason, **values, **links)
        return post.pk, Outcome.UPDATED

    # Tags and authors, each looked up or made once

    def tag(self, topic: TagData) -> Tag:
        """Return the tag that a topic is: the one of its name, or of its slug where a file gives one."""
        key = topic.name.casefold()
        if key not in self._tags:
            with _as_field("tags"):
                self._tags[key] = self._tag(topic)
        return self._tags[key]

    def _tag(self, topic: TagData) -> Tag:
        found = Tag.objects.filter(name__iexact=topic.name).first() or (topic.slug and Tag.objects.at(topic.slug))
        if found:
            return found
        if not (topic.slug or topic.description or topic.aliases):
            return services.tags_named([topic.name])[0]
        return services.create_tag(
            name=topic.name, slug=topic.slug, description=topic.description, aliases=topic.aliases
        )

    def author(self, person: AuthorData) -> Author:
        """Return the author that a person is: the one of their slug where a file gives one, or of their name."""
        key = person.slug or person.name.casefold()
        if key not in self._authors:
            found = (person.slug and Author.objects.at(person.slug)) or (
                Author.objects.filter(name__iexact=person.name).order_by("pk").first()
            )
            with _as_field("authors"):
                self._authors[key] = found or self._new_author(person)
        return self._authors[key]

    def _new_author(self, person: AuthorData) -> Author:
        user = person.user and get_user_model().objects.filter(username=person.user, author=None).first()
        told = {"slug": person.slug, "website": person.website, "bio": person.bio, "user": user or None}
        return services.create_author(name=person.name, **told)

    def _aliases(self, article: Article, pk: int | None) -> list[str]:
        """Return the old paths that can lead to the post: not another's, and not too long to be kept."""
        own = addresses.post(article.values["slug"])
        paths = [path for path in article.old_paths if path != own]
        limit = PostAlias._meta.get_field("path").max_length
        others = set(PostAlias.objects.filter(path__in=paths).exclude(post_id=pk).values_list("path", flat=True))
        slugs_of = {path.strip("/") for path in paths if path.count("/") == 2}
        present = Post.objects.filter(slug__in=slugs_of).exclude(pk=pk).values_list("slug", flat=True)
        others |= {f"/{slug}/" for slug in present}
        kept = []
        for path in paths:
            if len(path) > limit:
                problem = _("the old address %(path)s is longer than %(limit)s characters; left out")
            elif path in others or self.owner_of(path) != article.values["slug"]:
                problem = _("the old address %(path)s is another post's too; left to that one")
            else:
                kept.append(path)
                continue
            article.warn(1, problem % {"path": path, "limit": limit})
        return kept


@contextmanager
def _as_field(name: str) -> Iterator[None]:
    """Have what is wrong with a tag or an author be wrong with the post's field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def _fingerprint(article: Article) -> str:
    """Return 12 hexadecimal digits that change with anything that is imported of a post."""
    people = [[person.name, person.website] for person in article.people]
    topics = [topic.name for topic in article.topics]
    keys = {name: getattr(value, "pk", value) for name, value in article.values.items()}
    whole = [keys | {"slug": article.wanted_slug}, article.modified_at, topics, people, article.old_paths]
    return hashlib.sha256(json.dumps(whole, default=str, sort_keys=True).encode()).hexdigest()[:12]
