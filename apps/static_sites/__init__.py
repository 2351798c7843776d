"""The import of folders: Jekyll, Hugo, Zola, Eleventy, plain Markdown, and this blog's own exports.

`markdown` imports a folder. `source_files` says which files are posts, and `front_matter` splits them
(`yaml_values`). `site` detects the generator of the folder and reads its configuration (`languages`, `inherited_fields`, `file_history`). `fields`
interprets the fields (`field_values`, `names`, `publication`), `permalinks` returns the old addresses of a post.
`bodies` converts the text to plain Markdown: `liquid` (`liquid_tags`, `eleventy`) and `shortcodes` evaluate what is a
template, `markdown_embeds`, `kramdown`, `bare_addresses` and `markdown_cleanup` do the rest, all outside of code
(`code_in_markdown`), and `link_resolver` finds the posts that links between files mean. `broadsheet_reader` reads this
blog's own exports.

`apps.importing` has what this import shares with all others.
"""
