"""LIST: which names match a pattern, and what is said of them."""
