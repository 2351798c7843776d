"""HTML from elsewhere becomes Markdown: for importers, and for what writers paste.

`from_html` converts. `html_preparation` reduces what it gets, `html_embeds` replaces players by links (`embeds` knows the
services), `emphasis` writes bold and italic words, and `html_structure` compares the result with the source.
`clipboard` (`clipboard_lists`, `clipboard_notes`) prepares what word processors and browsers copy.
`web_addresses` takes addresses apart, also those that are none.
"""
