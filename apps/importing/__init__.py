"""Importers from other blogs, and the export. Importers read and convert; `writer` writes all posts through `services`.

`markdown` imports folders. `source_files` says which files are posts, and `front_matter` splits them. `site` detects the
generator of the folder and reads its configuration (`languages`, `inherited_fields`, `file_history`). `fields`
interprets the fields (`field_values`, `dates`, `names`, `publication`), `permalinks` returns the old addresses of a
post. `bodies` converts the text to plain Markdown: `liquid` (`liquid_tags`, `eleventy`) and `shortcodes` evaluate what
is a template, `markdown_embeds`, `kramdown`, `bare_addresses` and `markdown_cleanup` do the rest, all outside of code
(`code_in_markdown`). `broadsheet_reader` reads this blog's own exports.

`file_importer` imports single files that other programs exported. `wordpress` and `ghost` read them; `from_html`
converts their HTML to Markdown.

`exporter` writes this blog's exports; `export_fields` has the names of the fields for both directions.

All importers choose slugs with `slug_planning`, find the posts of earlier imports with `previous_imports`, and store
images with `pictures`.
"""
