"""What all importers share, the import of single files from WordPress and Ghost, and the export.

Importers read and convert; `writer` writes all posts through `services`. All importers choose slugs with
`slug_planning`, find the posts of earlier imports with `previous_imports`, and store images with `pictures`. `command`
is what their commands have in common, `report` what they tell; `dates`, `address_patterns` and `summaries` read what
more than one program writes.

`file_importer` imports single files that other programs exported. `wordpress` (`wxr_file`, `wxr_items`) and `ghost` read
them, `apps.markdown.conversion` converts their HTML to Markdown, and `comments` writes their comments.

`exporter` writes this blog's exports; `export_fields` has the names of the fields for both directions.

`apps.static_sites` imports folders of Markdown, also this blog's own exports. It imports this app, never the other way.
"""
