"""The command line: `main` is the command `strata`, and `commands` has its longer subcommands."""
