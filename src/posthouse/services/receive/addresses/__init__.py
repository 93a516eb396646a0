"""Addresses: asked for by strangers, and what nobody has."""
