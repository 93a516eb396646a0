"""What the house itself writes to people."""
