"""Facts about English that need no library: directions, periods, quantities."""
