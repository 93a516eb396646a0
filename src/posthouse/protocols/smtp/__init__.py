"""SMTP and LMTP without I/O: octets in, events out, for the server's side and the client's (RFC 5321, RFC 2033)."""
