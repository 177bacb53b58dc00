"""Parsing of files into documents: `folder` lists the files, `loader` parses each with the module of its format.

Front matter: `frontmatter`, over `yaml_nodes`. Markdown: `markdown`, over `markdown_parser`. HTML: `html`. Plain
text: `text`. PDF and Word: `conversion`, which runs `converter` in a separate process. All of them return a `Body`
(see `outline`) whose text is normalised by `inline`.
"""
