"""Operation of the bot: HTTP endpoints, metrics, the log filter, git pull."""
