"""Content from elsewhere. Importers read and convert; `services` writes.

`markdown` is the importer itself. It reads a file with `matter`, its fields with `fields`, learns from `site` which
generator made the folder and from `permalinks` where the post used to be, and brings the body to plain Markdown with
`liquid`, `shortcodes` and `prose`.
"""
