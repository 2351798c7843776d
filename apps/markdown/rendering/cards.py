"""The card that stands for a video, sound or post of another site until the reader asks for it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.translation import gettext as _

from apps.markdown.embeds import Embed, Kind

ATTRIBUTES = frozenset(["data-player", "data-show", "data-note"])
"""The attributes that only cards have; raw HTML of an author loses them."""


def card(embed: Embed) -> str:
    """Return the HTML of a card: a link to the page, and what broadsheet.js needs to show the player."""
    name = embed.site.name
    what, show = _words(embed.site.kind, name)
    host = urlsplit(embed.player).hostname
    note = _("Your browser then asks %(host)s, which sees your IP address and this site’s address.") % {"host": host}
    shown = re.sub(r"^https?://(?:www\.)?", "", embed.page)
    return (
        f'<figure class="embed {embed.site.shape}" data-player="{escape(embed.player)}" data-show="{escape(show)}"'
        f' data-note="{escape(note)}"><p><strong>{escape(what)}</strong>'
        f' <a href="{escape(embed.page)}" rel="noopener">{escape(shown)}</a></p></figure>'
    )


def _words(kind: Kind, name: str) -> tuple[str, str]:
    """Return what the card shows, and the words of its button."""
    what, show = {
        Kind.VIDEO: (_("Video on %(name)s"), _("Show the video from %(name)s")),
        Kind.AUDIO: (_("Audio on %(name)s"), _("Show the player from %(name)s")),
        Kind.POST: (_("Post on %(name)s"), _("Show the post from %(name)s")),
        Kind.CODE: (_("Code on %(name)s"), _("Show the code from %(name)s")),
    }[kind]
    return what % {"name": name}, show % {"name": name}
