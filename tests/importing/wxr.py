"""Minimal exports of WordPress."""

from __future__ import annotations

from html import escape

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.1" created="2022-11-01 12:00" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>Old blog</title>
<link>https://old.example</link>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://old.example</wp:base_site_url>
<wp:base_blog_url>https://old.example</wp:base_blog_url>
<wp:author><wp:author_login><![CDATA[alice]]></wp:author_login>
<wp:author_email><![CDATA[alice@example.org]]></wp:author_email>
<wp:author_display_name><![CDATA[Alice Adams]]></wp:author_display_name></wp:author>
<wp:tag><wp:tag_slug><![CDATA[tea]]></wp:tag_slug><wp:tag_name><![CDATA[Tea & more]]></wp:tag_name>
<wp:tag_description><![CDATA[All about <b>tea</b>.]]></wp:tag_description></wp:tag>
"""
TAIL = "</channel>\n</rss>\n"


def export(*items: str) -> str:
    """Return an export with these items."""
    return HEAD + "\n".join(items) + TAIL


def cdata(text: str) -> str:
    """Return a text as a CDATA section."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def item(number: int = 1, title: str = "A post", html: str = "<p>Text.</p>", *inside: str, **values: str) -> str:
    """Return a published post. `values` are elements of the namespace `wp`, and `link`, `creator` and `excerpt`."""
    name = values.get("post_name", title.lower().replace(" ", "-"))
    parts = {
        "post_id": str(number),
        "post_date": "2015-03-01 10:00:00",
        "post_date_gmt": "2015-03-01 09:00:00",
        "comment_status": "open",
        "post_name": name,
        "status": "publish",
        "post_parent": "0",
        "post_type": "post",
        "post_password": "",
    } | values
    link = parts.pop("link", f"https://old.example/2015/03/01/{name}/")
    creator, excerpt = parts.pop("creator", "alice"), parts.pop("excerpt", "")
    return "\n".join(
        [
            f"<item><title>{cdata(title)}</title><link>{escape(link)}</link>",
            f"<dc:creator>{cdata(creator)}</dc:creator><description></description>",
            f"<content:encoded>{cdata(html)}</content:encoded><excerpt:encoded>{cdata(excerpt)}</excerpt:encoded>",
            *(f"<wp:{key}>{cdata(value)}</wp:{key}>" for key, value in parts.items()),
            *inside,
            "</item>",
        ]
    )


def attachment(number: int, address: str, **values: str) -> str:
    """Return an uploaded file."""
    values = {"post_type": "attachment", "status": "inherit", "attachment_url": address} | values
    alt = meta("_wp_attachment_image_alt", values.pop("alt", ""))
    return item(number, "A file", "", alt, **values)


def term(name: str, nicename: str, domain: str = "post_tag") -> str:
    """Return a tag or category of a post."""
    return f'<category domain="{domain}" nicename="{nicename}">{cdata(name)}</category>'


def meta(key: str, value: str) -> str:
    """Return a custom field of a post."""
    return f"<wp:postmeta><wp:meta_key>{cdata(key)}</wp:meta_key><wp:meta_value>{cdata(value)}</wp:meta_value></wp:postmeta>"


def comment(number: int, content: str = "A comment.", **values: str) -> str:
    """Return an approved comment."""
    parts = {
        "comment_id": str(number),
        "comment_author": "Bob Brown",
        "comment_author_email": "bob@example.org",
        "comment_author_url": "https://bob.example/",
        "comment_author_IP": "192.0.2.7",
        "comment_date": f"2015-03-02 11:00:{number:02}",
        "comment_date_gmt": f"2015-03-02 10:00:{number:02}",
        "comment_content": content,
        "comment_approved": "1",
        "comment_type": "comment",
        "comment_parent": "0",
    } | values
    return (
        "<wp:comment>"
        + "".join(f"<wp:{key}>{cdata(value)}</wp:{key}>" for key, value in parts.items())
        + "</wp:comment>"
    )
