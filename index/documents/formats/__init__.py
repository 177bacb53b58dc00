"""A parser for each format of documents, which returns a `Body`.

Markdown, HTML, and PDF and Word files have packages of their own; `light_markup` reads reStructuredText, AsciiDoc and Org.
Some parsers build on another: light markup and notebooks become Markdown, and PDF and Word files become HTML.
"""
