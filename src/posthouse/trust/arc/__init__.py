"""Authenticated Received Chain (RFC 8617): what those saw who handed a message on."""
