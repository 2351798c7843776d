"""User accounts of the admin: login, permissions, audit trail and time zones. Only the admin role loads it."""
