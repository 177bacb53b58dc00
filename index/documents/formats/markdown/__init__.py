"""Markdown: CommonMark with tables and footnotes, and the syntax of other tools such as Obsidian, Docusaurus and Hugo."""
