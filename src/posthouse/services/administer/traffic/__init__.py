"""What becomes of mail that arrives, and how much may be sent."""
