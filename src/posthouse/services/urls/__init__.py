"""Authorised URLs: who may read what on whose word (RFC 4467)."""
