"""Inbound mail protocols: one folder each, where wire commands get their meaning."""
