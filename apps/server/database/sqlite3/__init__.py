"""Django's backend for SQLite, whose file only its owner can read."""
