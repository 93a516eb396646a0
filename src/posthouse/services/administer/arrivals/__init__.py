"""What becomes of mail that arrives: sent on, answered, or for nobody."""
