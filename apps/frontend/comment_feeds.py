"""The feeds of the newest comments on all posts, in the formats of the other feeds."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape, strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from apps.comments import reading
from apps.comments.models import Comment
from blog_project import addresses

from .absolute import absolute_html
from .feeds import MAX_ITEMS, empty_feed, feed_response, permanent_id, valid_text
from .responses import page

SUMMARY_LIMIT = 280
"""The most characters of a comment's summary."""
_WORD_END = re.compile(r"<(?:br|/p|/li|/blockquote|/pre)>")


@page
def comments_feed(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the feed of the newest comments that readers see; without any where the site shows none."""
    site = request.site
    title = _("%(site)s: comments") % {"site": site.name}
    feed = empty_feed(site, kind, title, addresses.COMMENTS, title, page_path=addresses.HOME)
    for comment in reading.newest(MAX_ITEMS):
        feed.add_item(**_item(comment, site.language))
    return feed_response(feed)


def _item(comment: Comment, site_language: str) -> dict[str, Any]:
    link, own_id = addresses.absolute(comment.get_absolute_url()), permanent_id(f"/comments/{comment.pk}")
    summary = Truncator(_plain(comment.body_html)).chars(SUMMARY_LIMIT)
    return {
        "title": valid_text(_("%(name)s on “%(post)s”") % {"name": comment.name, "post": comment.post}),
        "link": link,
        "description": escape(valid_text(summary)),
        "summary": summary,
        "pubdate": comment.created_at,
        "updateddate": comment.created_at,
        "unique_id": own_id,
        "atom_id": own_id,
        "unique_id_is_permalink": False,
        "categories": [],
        "content": valid_text(absolute_html(comment.body_html, link)),
        "image": "",
        "language": comment.post.language or site_language,
        "authors": [(valid_text(comment.name), valid_text(comment.website))],
    }


def _plain(html: str) -> str:
    """Return the text of a comment's HTML. (The renderer of posts is not loaded in processes of the pages.)"""
    return " ".join(unescape(strip_tags(_WORD_END.sub(" ", html))).split())
