"""Parsing of files into documents: `folder` lists the files, `loader` parses each with the module of its format.

Every file: `ignores`, `decoding`. Metadata: `header` finds it, `metadata` knows its usual names and `frontmatter` checks
it, over `yaml_nodes`. Markdown: `markdown`, over `markdown_parser`, `dialects` and `tags`. Light markup: `markup`.
Tables: `tabular`. Notebooks: `notebook`. HTML: `html`. Plain text: `text`. PDF and Word: `conversion`, which runs
`converter` in a separate process. All of them return a `Body` (see `outline`) whose text is normalised by `inline`.
"""
