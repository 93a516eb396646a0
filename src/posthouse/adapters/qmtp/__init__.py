"""Handing messages to QMTP servers."""
