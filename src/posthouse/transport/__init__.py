"""Listeners, TLS, deadlines and back-pressure: knows octets, no mail."""
