"""Hints within a process and between processes."""
