"""Whose mail it is: asking for verdicts, and the keys this house signs with."""
