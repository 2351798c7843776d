"""Fit summaries of other programs into the field."""

from __future__ import annotations

from apps.posts.models import Post


def shorten_summary(summary: str) -> str:
    """Return the summary, cut after a word if it is longer than the field allows."""
    limit = Post._meta.get_field("summary").max_length
    return summary if len(summary) <= limit else summary[: limit - 1].rsplit(" ", 1)[0] + "…"
