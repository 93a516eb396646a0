"""Authentication-Results (RFC 8601) and ARC-Authentication-Results (RFC 8617): verdicts as a header field."""
