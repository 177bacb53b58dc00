"""Rules of language that need no document: tokens, sentence boundaries, languages, months, and rows of tables."""
