"""What a spam check says of a comment: Akismet's, where the site has a key (AKISMET_KEY). Off without."""

from __future__ import annotations

import logging

from django.conf import settings

from blog_project import addresses

from .models import Comment

logger = logging.getLogger(__name__)

SECONDS = 3
"""How long the check may take."""


class Unknown(Exception):
    """The check did not answer, so a moderator has to."""


def is_spam(comment: Comment, user_agent: str) -> bool:
    """Tell whether the check takes a comment for spam; never without a key. Raises Unknown where it does not answer."""
    if not settings.AKISMET_KEY:
        return False
    import akismet
    import httpx

    config = akismet.Config(key=settings.AKISMET_KEY, url=settings.SITE_URL)
    try:
        with httpx.Client(headers={"User-Agent": akismet.USER_AGENT}, timeout=SECONDS) as http:
            answer = akismet.SyncClient(config=config, http_client=http).comment_check(**_said(comment, user_agent))
    except (akismet.AkismetError, httpx.HTTPError) as error:
        logger.warning("The spam check did not answer, so a comment waits for a moderator: %s", error)
        raise Unknown from error
    return answer != akismet.CheckResponse.HAM


def _said(comment: Comment, user_agent: str) -> dict[str, str]:
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
