"""Mailboxes as a session names them: its own, and those of others in their namespaces."""
