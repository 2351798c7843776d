"""User accounts of the admin: login, permissions and time zones. Only the admin role loads it."""
