"""Sender Policy Framework (RFC 7208): whether a client may send for a domain."""
