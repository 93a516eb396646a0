"""Sans-I/O wire languages: octets in, events out."""
