"""From files to documents: one module per format."""
