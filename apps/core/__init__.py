"""Shared foundations that every other app imports."""
