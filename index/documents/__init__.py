"""Parsing of files into documents: `folder` lists the files, `loader` parses each with the parser of its format.

`ignores` leaves files out, `decoding` finds the encoding of their text, `frontmatter` reads their metadata, and
`formats` has a parser for each format. All parsers return a `Body` (see `outline`) whose text is normalised by `inline`.
`expected_questions` reads the questions beside a document, and `yaml_nodes` the YAML in both.
"""
