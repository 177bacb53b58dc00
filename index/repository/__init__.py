"""Git repositories, read and updated without running any command that an untrusted repository names."""
