"""The fields of a post: those that people write, those that are rendered, and those that readers' pages load.

All code that iterates over the fields of a post uses these lists: the history, its comparison and restoring, the export
and the import, the queries of lists and pages, and the database grants. Modules that use other names have a mapping.
Code that places a field in a layout names it explicitly: the form's `fieldsets`, the API's serializer, the templates.
`tests/posts/test_authored_fields.py` fails for each place where a field is missing.
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
    "typography",
    "is_featured",
    "comments_allowed",
    "seo_title",
    "seo_description",
    "canonical_url",
    "tags",
    "authors",
    "series",
    "series_position",
    "cover_image",
)
"""The fields that an author or editor sets, in the order in which the history shows them."""

AT_ONCE_FIELDS = (
    *("kind", "slug", "status", "published_at", "is_featured", "series", "series_position"),
    *("language", "translation_of", "tags", "authors"),
)
"""The authored fields that say where and when a post stands, and whose it is. A change of them takes effect at once."""

WAITING_FIELDS = tuple(name for name in AUTHORED_FIELDS if name not in AT_ONCE_FIELDS)
"""The authored fields whose changes can wait in a pending version: what readers see of the post itself."""

UNSEEN_FIELDS = (
    *("is_featured", "comments_allowed", "series", "series_position"),
    *("seo_title", "seo_description", "canonical_url"),
)
"""The authored fields that are no part of what readers read. Changing them alone does not make a post look updated."""

RENDERING_FIELDS = frozenset(["body", "language", "typography"])
"""The authored fields that the rendered ones are computed from."""

RENDERED_FIELDS = ("body_html", "toc_html", "excerpt", "word_count", "lead_image")
"""The fields that are computed from the body, by `RENDERING_FIELDS`, when a post is saved."""

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
    "revised_at",
    "language",
    "typography",
    "cover_image",
)
"""The columns that lists of posts load: only what their templates show. Tags and authors are loaded separately."""

# Readers get the text as HTML. Tags and authors are rows of other tables, with their own grants. An authored field that
# readers must not see belongs here too.
_NOT_LOADED = ("body", "tags", "authors")

PAGE_FIELDS = tuple(
    dict.fromkeys(
        [
            *LISTED_FIELDS,
            *(name for name in AUTHORED_FIELDS if name not in _NOT_LOADED),
            *RENDERED_FIELDS,
            "trashed_at",
            "address_was_public",
            "feed_id",
        ]
    )
)
"""The columns that a post's page loads. The database user of readers' pages may read no others."""
