"""Questions on a set of things: figures of several entities, rows of a table, changes over time."""
