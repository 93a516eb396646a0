"""Commands that find messages and put them in order."""
