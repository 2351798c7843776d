"""The editor's own pages in the admin: ordinary views, each of which declares the permissions that it requires."""
