"""Commands about mail that arrives."""
