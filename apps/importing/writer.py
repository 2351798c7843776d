"""Write posts, tags, authors and series of all importers through the services.

A post is identified by its `source_id`. The change reason in the history contains a fingerprint of the imported data.
A later run compares fingerprints: an unchanged post is not written, a changed one is updated, and one that was edited
in the blog too is left alone with a warning, unless `overwrite` is set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.text import comparison_key, normalized
from apps.markdown.rendering import TooComplex
from apps.posts import services, slugs
from apps.posts.models import Author, Post, PostAlias, Series, Tag
from blog_project import addresses

from . import interruption, previous_imports
from .problems import BadFile
from .report import (
    LISTED_AT_THE_END,
    Article,
    AuthorData,
    CommentData,
    Level,
    Outcome,
    Report,
    SeriesData,
    Summary,
    TagData,
    WriteComments,
)


class Writer:
    """Writes the posts of one import, and counts the outcomes."""

    def __init__(
        self,
        *,
        overwrite: bool,
        dry_run: bool,
        report: Report,
        owner_of: Callable[[str], str | None],
        write_comments: WriteComments | None = None,
    ) -> None:
        """`owner_of` returns the slug of the imported post that has an old path.

        `write_comments` is None to leave comments out.
        """
        self.overwrite, self.dry_run, self.report, self.owner_of = overwrite, dry_run, report, owner_of
        self.write_comments = write_comments
        self.summary = Summary()
        self._tags: dict[str, Tag] = {}
        self._authors: dict[str, Author] = {}
        self._series: dict[str, Series] = {}

    def write(
        self,
        article: Article,
        previous: previous_imports.PreviousImport | None,
        *,
        comments: Sequence[CommentData] = (),
        source_state: str = "",
    ) -> Outcome:
        """Create or update a post with its comments, and count these.

        `source_state` is recorded with a post that is then as its source. Raises ValidationError.
        """
        with transaction.atomic() if self.dry_run else nullcontext():
            pk, outcome, is_as_source = self._write_if_changed(article, previous)
            outcomes = list(self.write_comments(pk, [*comments])) if self.write_comments and comments else []
            if source_state and is_as_source and Outcome.FAILED not in outcomes:
                services.record_source(pk, source_state)
            if self.dry_run:
                # A dry run executes every write and check, then rolls back.
                transaction.set_rollback(True)
                self._tags.clear()
                self._authors.clear()
                self._series.clear()
        for one in outcomes:
            self.summary.count(one, "comments")
        return outcome

    def attempt(self, label: str, work: Callable[[], Any]) -> Any:
        """Return the result of `work`, or report its error and return FAILED."""
        try:
            with interruption.processor_limit():
                return work()
        except BadFile as error:
            self.report(Level.ERROR, label, error.line, error.message)
        except TooComplex as error:
            self.report(Level.ERROR, label, 0, str(error))
        except interruption.TookTooLong:
            message = _("takes more than %s seconds of processor time; left out. Take it apart")
            self.report(Level.ERROR, label, 1, message % f"{interruption.PROCESSOR_SECONDS:.0f}")
        except MemoryError:
            self.report(Level.ERROR, label, 1, _("takes more memory than there is; left out. Take it apart"))
        except RecursionError:
            self.report(Level.ERROR, label, 1, _("is nested too deeply; take it apart"))
        except services.StaleVersion:
            self.report(Level.ERROR, label, 1, _("was changed in the blog just now; import it again"))
        return Outcome.FAILED

    def _write_if_changed(
        self, article: Article, previous: previous_imports.PreviousImport | None
    ) -> tuple[int, Outcome, bool]:
        """Return the id of the post, the outcome, and whether the post is now as its source."""
        if previous and previous.is_trashed:
            self.report(Level.NOTE, article.label, 1, _("is in the trash of the blog; left there"))
            return previous.pk, Outcome.UNCHANGED, False
        fingerprint = _fingerprint(article)
        if previous and previous.fingerprint == fingerprint and not (self.overwrite and previous.is_edited):
            return previous.pk, Outcome.UNCHANGED, True
        if previous and previous.is_edited and not self.overwrite:
            message = _(
                "has changed, but so has the post in the blog; left as it is there. --overwrite takes the file's"
            )
            self.report(Level.WARNING, article.label, 1, message)
            return previous.pk, Outcome.UNCHANGED, False
        pk, outcome = self._write(article, previous, previous_imports.reason(article.origin, fingerprint))
        # Only for written posts: the warnings of unchanged posts were reported by an earlier run.
        for (line, message), subject in sorted(article.warnings.items(), key=lambda item: item[0]):
            # Those of a list at the end are not shown twice.
            level = Level.DETAIL if subject in LISTED_AT_THE_END else Level.WARNING
            self.report(level, article.label, line, message, *([subject] if subject else []))
        if outcome != Outcome.UNCHANGED:
            message = _("created at %s") if outcome == Outcome.CREATED else _("updated at %s")
            self.report(Level.DETAIL, article.label, 1, message % addresses.post(article.values["slug"]))
        return pk, outcome, True

    def _write(
        self, article: Article, previous: previous_imports.PreviousImport | None, reason: str
    ) -> tuple[int, Outcome]:
        links = {
            "tags": self._tags_of(article),
            "authors": [self.author(author_data) for author_data in article.authors],
            "aliases": self._aliases(article, previous.pk if previous else None),
        }
        values, now = article.values, timezone.now()
        if article.feed_id is not None:
            values["feed_id"] = article.feed_id[: Post._meta.get_field("feed_id").max_length]
        if original := values.get("translation_of"):
            group, language = original.translation_of_id or original.pk, values.get("language", "")
            if problem := services.language_conflict(group, language, previous and previous.pk, by=None):
                article.warn(1, f"`translation_of`: {problem}")
                values["translation_of"] = None
        if article.series:
            values |= self._place_in_series(article, article.series, previous and previous.pk)
        if previous is None:
            created = article.created_at or min(values.get("published_at") or now, now)
            updated = min(article.modified_at or created, now)
            values |= {"source_id": article.source_id, "created_at": min(created, now), "updated_at": updated}
            post = services.create_post(by=None, reason=reason, **values, **links)
            return post.pk, Outcome.CREATED
        post = Post.objects.with_due_update().get(pk=previous.pk)
        if article.modified_at:
            values["updated_at"] = min(article.modified_at, now)
        version = post.version
        services.update_post(post, by=None, expected_version=version, reason=reason, **values, **links)
        return post.pk, Outcome.UPDATED if post.version != version else Outcome.UNCHANGED

    # Tags and authors, each found or created once

    def _tags_of(self, article: Article) -> list[Tag]:
        limit, found = Tag._meta.get_field("name").max_length, []
        for tag_data in article.tags:
            name = tag_data.name
            if len(name) > limit:
                article.warn(
                    0,
                    _("the tag “%(tag)s” is longer than %(limit)s characters; cut off") % {"tag": name, "limit": limit},
                )
                tag_data = replace(tag_data, name=f"{name[: limit - 1].rstrip()}…")
            tag = self.tag(tag_data)
            if comparison_key(tag.name) != comparison_key(tag_data.name):
                problem = _("the tag “%(tag)s” is the same as “%(other)s” to the database; taken as that one")
                article.warn(0, problem % {"tag": tag_data.name, "other": tag.name})
            found.append(tag)
        return found

    def tag(self, tag_data: TagData) -> Tag:
        """Return the tag with this name, created if necessary. Raises ValidationError."""
        key = comparison_key(tag_data.name)
        if key not in self._tags:
            with _as_field_error("tags"):
                self._tags[key] = self._tag(tag_data)
        return self._tags[key]

    def _tag(self, tag_data: TagData) -> Tag:
        # Only by name: 北京 and 背景, or C and C++, have one slug and are two tags.
        if found := Tag.objects.find_by_name(tag_data.name):
            return found
        if not (tag_data.slug or tag_data.description or tag_data.aliases):
            return services.tags_named([tag_data.name])[0]
        is_taken = slugs.taken_among_named(Tag, None)
        try:
            return services.create_tag(
                name=tag_data.name,
                slug=slugs.free_slug(tag_data.slug, is_taken) if tag_data.slug else "",
                description=tag_data.description,
                aliases=[alias for alias in tag_data.aliases if not is_taken([alias])],
            )
        except ValidationError:
            # MySQL takes café and cafe for one name, and a name is unique.
            if alike := Tag.objects.filter(name__iexact=tag_data.name).first():
                return alike
            raise

    def _place_in_series(self, article: Article, data: SeriesData, pk: int | None) -> dict[str, Any]:
        """Return the values of a post that is a part of a series; without the series, and with a warning, if it is full."""
        limit = Series._meta.get_field("title").max_length
        if len(data.title) > limit:
            message = _("the title of the series “%(series)s” is longer than %(limit)s characters; cut off")
            article.warn(0, message % {"series": data.title, "limit": limit})
            data = replace(data, title=f"{data.title[: limit - 1].rstrip()}…")
        series = self.series(data)
        if not Post.objects.filter(pk=pk, series=series).exists() and not services.has_room(series.pk):
            message = _("the series “%(series)s” has %(limit)s parts already; the post comes without it")
            article.warn(0, message % {"series": series, "limit": Series.MAX_PARTS})
            return {"series": None, "series_position": None}
        return {"series": series}

    def series(self, data: SeriesData) -> Series:
        """Return the series with this title, created if necessary. Raises ValidationError."""
        key = comparison_key(data.title)
        if key not in self._series:
            with _as_field_error("series"):
                self._series[key] = self._find_or_create_series(data)
        return self._series[key]

    def _find_or_create_series(self, data: SeriesData) -> Series:
        if found := Series.objects.find_by_title(data.title):
            return found
        is_taken = slugs.taken_among_named(Series, None)
        return services.create_series(
            title=data.title,
            slug=slugs.free_slug(data.slug, is_taken) if data.slug else "",
            description=data.description,
            aliases=[alias for alias in data.aliases if not is_taken([alias])],
        )

    def author(self, author_data: AuthorData) -> Author:
        """Return the author with this slug or name, created if necessary. Raises ValidationError."""
        key = author_data.slug or comparison_key(author_data.name)
        if key not in self._authors:
            named = Author.objects.filter(name__iexact=normalized(author_data.name)).order_by("pk")
            found = (author_data.slug and Author.objects.find_by_slug(author_data.slug)) or next(
                (author for author in named if comparison_key(author.name) == comparison_key(author_data.name)), None
            )
            with _as_field_error("authors"):
                self._authors[key] = found or self._new_author(author_data)
        return self._authors[key]

    def _new_author(self, author_data: AuthorData) -> Author:
        user = author_data.user and get_user_model().objects.filter(username=author_data.user, author=None).first()
        fields = {
            "slug": author_data.slug,
            "website": author_data.website,
            "bio": author_data.bio,
            "links": author_data.links,
            "picture": author_data.picture,
            "user": user or None,
            "aliases": author_data.aliases,
        }
        return services.create_author(name=author_data.name, **fields)

    def _aliases(self, article: Article, pk: int | None) -> list[str]:
        """Return the old paths that can redirect to the post. Warn of paths of other posts and of too long ones."""
        new_path = addresses.post(article.values["slug"])
        paths = [path for path in article.old_paths if path != new_path]
        limit = PostAlias._meta.get_field("path").max_length
        others = set(PostAlias.objects.filter(path__in=paths).exclude(post_id=pk).values_list("path", flat=True))
        slugs_of = {path.strip("/") for path in paths if path.count("/") == 2}
        present = Post.objects.filter(slug__in=slugs_of).exclude(pk=pk).values_list("slug", flat=True)
        others |= {f"/{slug}/" for slug in present}
        usable = []
        for path in paths:
            if len(path) > limit:
                problem = _("the old address %(path)s is longer than %(limit)s characters; left out")
            elif path in others or self.owner_of(path) != article.values["slug"]:
                problem = _("the old address %(path)s is another post's too; left to that one")
            else:
                usable.append(path)
                continue
            article.warn(1, problem % {"path": path, "limit": limit})
        return usable


@contextmanager
def _as_field_error(name: str) -> Iterator[None]:
    """Convert the error of a tag, an author or a series to an error of the post's field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def _fingerprint(article: Article) -> str:
    """Return a hash of the imported data of a post (12 hexadecimal digits)."""
    authors = [[author_data.name, author_data.website] for author_data in article.authors]
    tags = [tag_data.name for tag_data in article.tags]
    keys = {name: getattr(value, "pk", value) for name, value in article.values.items()}
    # As before there were series.
    keys = {name: value for name, value in keys.items() if value is not None or not name.startswith("series")}
    whole = [keys | {"slug": article.wanted_slug}, article.modified_at, tags, authors, article.old_paths]
    whole += [article.feed_id] if article.feed_id else []
    whole += [{"series": article.series.title}] if article.series else []
    return hashlib.sha256(json.dumps(whole, default=str, sort_keys=True).encode()).hexdigest()[:12]
