"""The bot's memory on disk (SQLite): replies, votes, unanswered questions, watches."""
