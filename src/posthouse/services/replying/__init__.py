"""What accounts say by themselves to who writes to them."""
