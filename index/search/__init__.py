"""Search: vectors, BM25, related words and the fusion of their scores."""
