"""What accounts answer by themselves, and how much they may send."""
