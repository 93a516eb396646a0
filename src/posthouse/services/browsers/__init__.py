"""Signing in with a browser: password, second factor, session."""
