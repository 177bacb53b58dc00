"""Answers with figures: the series that a question means, the table of several entities, and where the figures are stated."""
