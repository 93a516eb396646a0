"""Bringing mail in from elsewhere."""
