"""Replies as Discord messages, within Discord's limits."""
