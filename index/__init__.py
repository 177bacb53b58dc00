"""Documents in, ranked passages out."""
