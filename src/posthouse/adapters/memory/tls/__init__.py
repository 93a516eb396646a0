"""TLS results and policies in memory, for tests."""
