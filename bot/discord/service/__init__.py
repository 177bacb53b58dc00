"""The service behind the commands: admission, rate limits, workers, guild settings."""
