"""The index folder and its generations."""
