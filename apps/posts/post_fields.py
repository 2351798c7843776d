"""Which fields of a post people write, which are made of its text, and which of all these readers' pages load.

Everything that goes through the fields of a post takes them from here: the history, its comparison and restoring, the
export and the import, the queries of lists and pages, and the database grants. Where a name differs, the place that
calls it so has a map. What shows a field somewhere in particular names it there: the form's `fieldsets`, the API's
serializer, the templates. (`tests/posts/test_authored_fields.py` says which place has forgotten one.)
"""

AUTHORED_FIELDS = (
    "kind",
    "title",
    "slug",
    "summary",
    "body",
    "status",
    "published_at",
    "language",
    "translation_of",
    "comments_allowed",
    "seo_title",
    "seo_description",
    "canonical_url",
    "tags",
    "authors",
    "cover_image",
)
"""What somebody writes or chooses of a post, in the order in which its history shows them."""

RENDERED_FIELDS = ("body_html", "toc_html", "excerpt", "word_count", "lead_image")
"""What is made of the text whenever it is written, and shown to readers in its place."""

LISTED_FIELDS = (
    "id",
    "kind",
    "slug",
    "title",
    "summary",
    "excerpt",
    "word_count",
    "published_at",
    "updated_at",
    "language",
    "cover_image",
)
"""What a list of posts loads of each: what its template shows, and nothing long. Tags and authors come along by themselves."""

# Readers get the text as HTML. Tags and authors are rows of other tables, with grants of their own. An authored field
# that readers must not see at all belongs here too.
_NOT_LOADED = ("body", "tags", "authors")

PAGE_FIELDS = tuple(
    dict.fromkeys(
        [
            *LISTED_FIELDS,
            *(name for name in AUTHORED_FIELDS if name not in _NOT_LOADED),
            *RENDERED_FIELDS,
            "trashed_at",
            "address_was_public",
        ]
    )
)
"""What a post's own page loads, and all that its database user may read of a post: not the Markdown, say."""
