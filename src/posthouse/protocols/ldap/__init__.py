"""LDAPv3 as a client speaks it (RFC 4511): sign in, search, StartTLS. Octets in, answers out, without I/O."""
