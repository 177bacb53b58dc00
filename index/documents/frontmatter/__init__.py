"""The front matter of a document: `syntax` finds and parses it, `fields` checks its values.

`common_keys` knows the keys that other tools use for dates, summaries and other names.
"""
