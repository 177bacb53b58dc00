"""Vectors, BM25, related words, and how their scores are combined."""
