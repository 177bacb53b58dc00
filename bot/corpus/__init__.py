"""The knowledge of one generation of the library: its words, its names and its figures."""
