"""The editor's desk: posts, tags and authors in the Django admin. Every write goes through `services`."""

from . import aliases, people, posts, taxonomy  # noqa: F401  (registers with admin.site)
