"""What each command does: one module per family, named as in ``posthouse.protocols.imap.commands``; ``table.py`` lists them."""
