"""Generations on disk."""
