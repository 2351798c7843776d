"""A plain Django blog: generic views, default middleware, and rendered Markdown in the database.

Broadsheet's pages are compared with it, so it follows good practice: lists use select_related and prefetch_related,
the sort column has an index, templates are cached. It shows less: no related posts, comments, menus or languages.
"""
