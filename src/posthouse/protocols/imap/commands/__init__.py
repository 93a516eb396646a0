"""IMAP commands, one module per family: the value, its grammar, its serialiser. The table of them all is ``table.py``."""
