"""Fetching MTA-STS policies over HTTPS."""
