"""Buttons, forms and the library browser."""
