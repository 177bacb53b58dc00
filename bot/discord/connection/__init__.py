"""The connection to Discord: gateway sessions, reconnecting, application information."""
