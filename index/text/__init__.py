"""Language rules that need no document: the boundaries of sentences."""
