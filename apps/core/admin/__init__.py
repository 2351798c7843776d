"""Base classes of the admin: keyset-paginated lists, forms that keep unsaved text, saves with a version check."""
