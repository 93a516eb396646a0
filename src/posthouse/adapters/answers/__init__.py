"""Answers to requests that carry a key, kept by the keeper process for a day."""
