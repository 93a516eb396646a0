"""Every port in memory: for tests, and as a second opinion on what the ports mean."""
