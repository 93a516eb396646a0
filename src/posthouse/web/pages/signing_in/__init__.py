"""Signing in with a browser, and what belongs to that: the page of one's own account."""
