"""The service behind the commands: admission, questions, stored answers, feedback, the live index, the journal."""
