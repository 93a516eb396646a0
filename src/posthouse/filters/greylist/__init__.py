"""Greylisting (RFC 6647): an unknown sender is asked to try again; mail servers do, most spam programs do not."""
