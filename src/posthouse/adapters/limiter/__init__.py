"""Counters that all processes of one machine share."""
