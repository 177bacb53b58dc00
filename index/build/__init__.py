"""Builds: from a folder of documents to a new generation."""
