"""Strata on Discord. Knows nothing of how replies are made: it is given a library that answers."""
