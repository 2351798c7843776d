"""The spam check of comments by Akismet; off without a key (AKISMET_KEY)."""

from __future__ import annotations

import logging

from django.conf import settings

from blog_project import addresses

from .models import Comment

logger = logging.getLogger(__name__)

TIMEOUT = 3
"""Timeout of the check, in seconds."""


class SpamCheckFailed(Exception):
    """The check gave no result, so a moderator has to decide."""


def is_spam(comment: Comment, user_agent: str) -> bool:
    """Return whether Akismet takes a comment for spam; False without a key. Raises SpamCheckFailed."""
    if not settings.AKISMET_KEY:
        return False
    import akismet
    import httpx

    config = akismet.Config(key=settings.AKISMET_KEY, url=settings.SITE_URL)
    try:
        with httpx.Client(headers={"User-Agent": akismet.USER_AGENT}, timeout=TIMEOUT) as http:
            result = akismet.SyncClient(config=config, http_client=http).comment_check(
                **_akismet_fields(comment, user_agent)
            )
    except (akismet.AkismetError, httpx.HTTPError) as error:
        logger.warning("The spam check did not answer, so a comment waits for a moderator: %s", error)
        raise SpamCheckFailed from error
    return result != akismet.CheckResponse.HAM


def _akismet_fields(comment: Comment, user_agent: str) -> dict[str, str]:
    return {
        "user_ip": comment.address or "",
        "user_agent": user_agent,
        "permalink": addresses.absolute(addresses.post(comment.post.slug)),
        "comment_type": "reply" if comment.parent_id else "comment",
        "comment_author": comment.name,
        "comment_author_email": comment.email,
        "comment_author_url": comment.website,
        "comment_content": comment.body,
    }
