"""Writing down who did what."""
