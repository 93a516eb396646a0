"""IMAP URLs (RFC 5092)."""
