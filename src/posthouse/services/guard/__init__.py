"""Guessing passwords must not pay, and nobody else must suffer from it (capability J1)."""
