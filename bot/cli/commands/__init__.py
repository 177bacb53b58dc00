"""The longer commands of `strata`; `bot.cli.main` has the short commands and adds these."""
