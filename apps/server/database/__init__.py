"""The MySQL backend, and the privileges of each role's database user."""
