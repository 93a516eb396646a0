"""Commands about authorised URLs (RFC 4467, RFC 5524)."""
