"""The index: from documents to ranked passages."""
