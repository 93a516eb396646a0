"""Ids, units, errors, limits: standard library only."""
