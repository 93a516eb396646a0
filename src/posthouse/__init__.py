"""Posthouse: a complete mail service."""
