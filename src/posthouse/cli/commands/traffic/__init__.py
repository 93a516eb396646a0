"""Commands about mail that arrives and mail that is sent."""
