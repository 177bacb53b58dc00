"""Git repositories of strangers, read and pulled without running anything that they name."""
