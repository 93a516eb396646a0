"""Who comes by HTTP: tokens."""
