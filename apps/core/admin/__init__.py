"""The base classes of the admin: lists by keyset, forms that lose no text, saves that overwrite nothing unseen."""
