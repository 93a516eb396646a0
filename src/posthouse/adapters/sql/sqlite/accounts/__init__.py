"""One database for each account: all that one person owns."""
