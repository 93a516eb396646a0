"""POP3 without I/O: octets in, events out, for the server's side (RFC 1939, RFC 2449, RFC 5034, RFC 6856)."""
