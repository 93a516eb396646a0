"""Sessions of browsers, and steps on the way there."""
