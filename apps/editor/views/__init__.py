"""The editor's pages beside the stock ones of the admin: ordinary views, each of which says who may open it."""
