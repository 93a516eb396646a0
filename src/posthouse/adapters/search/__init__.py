"""Searching texts without an index: what a query asks of a message's texts, and an answer for every account store."""
