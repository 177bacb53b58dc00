"""What one generation of the library knows: its names and its figures."""
