"""Secrets of the installation and password hashing."""
