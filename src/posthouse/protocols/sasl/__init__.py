"""SASL mechanisms, server and client side (RFC 4422), shared by every wire language that authenticates."""
