"""Sharing mailboxes: who has which rights, finding what others share, and using it within the rights one has (RFC 4314)."""
