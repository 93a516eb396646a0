"""Domains, accounts, aliases, credentials, the queue: every verb takes a Principal and checks its rights."""
