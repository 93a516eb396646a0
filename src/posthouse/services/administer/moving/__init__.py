"""Whole domains that move between installations."""
