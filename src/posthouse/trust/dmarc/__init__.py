"""DMARC (RFC 7489, RFC 9989): whether the domain people see in From stands behind a message, and what it asks for if not."""
