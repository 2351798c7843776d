"""Importers from other blogs, and the export. Importers read and convert; `writer` writes all posts through `services`.

`markdown` imports folders. It splits files with `front_matter` and interprets the fields with `fields`; `site` detects
the generator of the folder, `permalinks` returns the old addresses of a post, and `liquid`, `shortcodes` and
`markdown_cleanup` convert the body to plain Markdown. `broadsheet_reader` reads this blog's own exports.

`file_importer` imports single files that other programs exported. `wordpress` and `ghost` read them; `from_html`
converts their HTML to Markdown.

`exporter` writes this blog's exports; `export_fields` has the names of the fields for both directions.

All importers choose slugs with `slug_planning`, find the posts of earlier imports with `previous_imports`, and store
images with `pictures`.
"""
