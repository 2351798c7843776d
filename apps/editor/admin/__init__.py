"""The admin of posts, tags, authors, aliases and users. Every write of content goes through `services`."""

from . import aliases, posts, taxonomy, users  # noqa: F401  (registers with admin.site)
