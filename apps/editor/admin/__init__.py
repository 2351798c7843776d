"""The admin of posts, tags, authors, series, aliases and users. Every write of content goes through `services`."""

from . import aliases, posts, series, taxonomy, users  # noqa: F401  (registers with admin.site)
