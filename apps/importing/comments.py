"""Comments from elsewhere, written through `services`: each once, and again only where it changed there and not here."""

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


class Remarks:
    """Writes the comments of one import."""

    def __init__(self, report: Report) -> None:
        """`report` is told what cannot be taken."""
        self.report = report

    def __call__(self, pk: int, remarks: list[CommentData]) -> Iterator[Outcome]:
        """Write the comments of the post of an id, each after what it answers; yield what became of each."""
        post = Post.objects.only("slug").get(pk=pk)
        known = {one.source_id: one for one in Comment.objects.filter(source_id__in=[one.source_id for one in remarks])}
        for remark in _in_turn(remarks):
            try:
                yield self._write(post, remark, known)
            except ValidationError as error:
                self.report(Level.ERROR, remark.source_id, 0, " ".join(error.messages))
                yield Outcome.FAILED
            except services.StaleVersion:
                self.report(Level.ERROR, remark.source_id, 0, _("was changed in the blog just now; import it again"))
                yield Outcome.FAILED

    def _write(self, post: Post, remark: CommentData, known: dict[str, Comment]) -> Outcome:
        values = _values(remark)
        digest = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:12]
        comment = known.get(remark.source_id)
        if comment is None:
            parent = known.get(remark.parent)
            known[remark.source_id] = services.import_comment(
                post=post,
                parent=parent if parent and parent.post_id == post.pk else None,
                created_at=remark.created_at,
                source_id=remark.source_id,
                source_state=f"1 {digest}",
                **values,
            )
            return Outcome.CREATED
        version, _space, last = comment.source_state.partition(" ")
        if last == digest:
            return Outcome.UNCHANGED
        if version != str(comment.version):
            told = _("has changed, but so has the comment in the blog; left as it is there")
            self.report(Level.WARNING, remark.source_id, 0, told)
            return Outcome.UNCHANGED
        state = f"{comment.version + 1} {digest}"
        services.update_comment(
            comment, by=None, expected_version=comment.version, is_quiet=True, source_state=state, **values
        )
        return Outcome.UPDATED


def _values(remark: CommentData) -> dict[str, str]:
    website = remark.website if _is_valid(web_address_validator, remark.website) and len(remark.website) <= 200 else ""
    return {
        "name": " ".join(remark.name.split())[: Comment._meta.get_field("name").max_length].strip() or _("Anonymous"),
        "email": remark.email.strip() if _is_valid(validate_email, remark.email.strip()) else "",
        "website": website,
        "body": remark.body.strip() or remark.website or "…",
        "status": remark.status,
    }


def _is_valid(validate, value: str) -> bool:
    try:
        validate(value)
    except ValidationError:
        return False
    return True


def _in_turn(remarks: list[CommentData]) -> Iterator[CommentData]:
    """Yield what is answered before its answers, whatever the order of the file; of a circle, as it comes."""
    waiting: dict[str, list[CommentData]] = {}
    ids = {one.source_id for one in remarks}
    done: set[str] = set()
    for remark in remarks:
        waiting.setdefault(remark.parent if remark.parent in ids else "", []).append(remark)
    queue = waiting.pop("", [])
    for remark in queue:  # It grows while it is read.
        done.add(remark.source_id)
        yield remark
        queue.extend(waiting.pop(remark.source_id, []))
    yield from (one for one in remarks if one.source_id not in done)
