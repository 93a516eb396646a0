"""Octets to values and back: addresses, header fields, MIME, charsets, DSN."""
