"""The blog that anybody would write with Django: its generic views, its default middleware, rendered Markdown stored.

It is what Broadsheet's pages are compared with, so it is written well: what a list shows is joined and prefetched, what
it orders by has an index, templates are compiled once. It shows less: no related posts, comments, menus, languages.
"""
