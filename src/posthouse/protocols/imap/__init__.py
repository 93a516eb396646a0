"""IMAP on the wire: RFC 9051 (IMAP4rev2) and RFC 3501 (IMAP4rev1) on one connection, octets in, events out, no I/O."""
