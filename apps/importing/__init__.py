"""Content from elsewhere. Importers read and convert; `writing` writes it all, through `services`.

`markdown` imports folders. It reads a file with `matter`, its fields with `fields`, learns from `site` which
generator made the folder and from `permalinks` where the post used to be, and brings the body to plain Markdown with
`liquid`, `shortcodes` and `prose`. What this blog itself exported, `own` reads.

`exports` imports what other programs put into one file, which `wordpress` and `ghost` read; `from_html` makes Markdown of
their texts.

All of them decide with `placing` where each post will be, know with `earlier` what the blog has of it, and have
`pictures` keep the images beside it.
"""
