"""Groups, what accounts answer by themselves, and how much they may send."""
