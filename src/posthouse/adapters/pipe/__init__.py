"""Handing messages to commands: UUCP, gateways, archives."""
