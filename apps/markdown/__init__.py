"""Markdown to safe HTML (`rendering/`) and HTML to Markdown (`conversion/`); embeds, and the typography of languages.

Nothing here knows of posts or of the database.
"""
