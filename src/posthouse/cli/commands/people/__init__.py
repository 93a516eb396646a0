"""Commands about many mailboxes at once."""
