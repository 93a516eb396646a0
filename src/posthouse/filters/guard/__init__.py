"""Who guesses passwords: which networks that is, and when a block begins and ends. Pure."""
