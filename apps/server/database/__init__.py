"""The MySQL backend, and what each role's database user may do."""
