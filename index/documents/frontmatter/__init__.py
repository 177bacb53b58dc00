"""The front matter of a document: `syntax` finds and parses it, `fields` reads its values into a Document.

`values` checks single values, `sources` and `figures` check the two keys that have a schema, and `common_keys` knows the
keys that other tools use for dates, summaries and other names.
"""
