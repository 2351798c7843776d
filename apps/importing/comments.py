"""Write imported comments through `services`; update a comment only if it changed at its source and not in the blog."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from apps.comments import services
from apps.comments.models import Comment
from apps.core.validators import web_address_validator
from apps.posts.models import Post

from .report import CommentData, Level, Outcome, Report


class CommentWriter:
    """Writes the comments of one import."""

    def __init__(self, report: Report) -> None:
        """`report` is called with each comment that cannot be imported."""
        self.report = report

    def __call__(self, pk: int, comments: list[CommentData]) -> Iterator[Outcome]:
        """Write the comments of the post with this id, parents before replies; yield the outcome of each."""
        post = Post.objects.only("slug").get(pk=pk)
        existing = {
            one.source_id: one for one in Comment.objects.filter(source_id__in=[one.source_id for one in comments])
        }
        for data in _parents_first(comments):
            try:
                yield self._write(post, data, existing)
            except ValidationError as error:
                self.report(Level.ERROR, data.source_id, 0, " ".join(error.messages))
                yield Outcome.FAILED
            except services.StaleVersion:
                self.report(Level.ERROR, data.source_id, 0, _("was changed in the blog just now; import it again"))
                yield Outcome.FAILED

    def _write(self, post: Post, data: CommentData, existing: dict[str, Comment]) -> Outcome:
        values = _values(data)
        digest = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:12]
        comment = existing.get(data.source_id)
        if comment is None:
            parent = existing.get(data.parent)
            existing[data.source_id] = services.import_comment(
                post=post,
                parent=parent if parent and parent.post_id == post.pk else None,
                created_at=data.created_at,
                source_id=data.source_id,
                source_state=f"1 {digest}",
                **values,
            )
            return Outcome.CREATED
        version, _space, last = comment.source_state.partition(" ")
        if last == digest:
            return Outcome.UNCHANGED
        if version != str(comment.version):
            message = _("has changed, but so has the comment in the blog; left as it is there")
            self.report(Level.WARNING, data.source_id, 0, message)
            return Outcome.UNCHANGED
        state = f"{comment.version + 1} {digest}"
        services.update_comment(
            comment, by=None, expected_version=comment.version, is_quiet=True, source_state=state, **values
        )
        return Outcome.UPDATED


def _values(data: CommentData) -> dict[str, str]:
    website = data.website if _is_valid(web_address_validator, data.website) and len(data.website) <= 200 else ""
    return {
        "name": " ".join(data.name.split())[: Comment._meta.get_field("name").max_length].strip() or _("Anonymous"),
        "email": data.email.strip() if _is_valid(validate_email, data.email.strip()) else "",
        "website": website,
        "body": data.body.strip() or data.website or "…",
        "status": data.status,
    }


def _is_valid(validate, value: str) -> bool:
    try:
        validate(value)
    except ValidationError:
        return False
    return True


def _parents_first(comments: list[CommentData]) -> Iterator[CommentData]:
    """Yield parents before replies, whatever the order of the file; comments in a cycle come last, in that order."""
    by_parent: dict[str, list[CommentData]] = {}
    ids = {one.source_id for one in comments}
    yielded: set[str] = set()
    for data in comments:
        by_parent.setdefault(data.parent if data.parent in ids else "", []).append(data)
    queue = by_parent.pop("", [])
    for data in queue:  # The queue grows during the iteration.
        yielded.add(data.source_id)
        yield data
        queue.extend(by_parent.pop(data.source_id, []))
    yield from (one for one in comments if one.source_id not in yielded)
