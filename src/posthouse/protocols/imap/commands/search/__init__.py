"""SEARCH: its keys, their grammar, and the commands that are made of them."""
