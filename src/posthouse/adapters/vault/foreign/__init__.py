"""Passwords checked against the hashes of other servers."""
