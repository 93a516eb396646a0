"""Archives: files that move between installations."""
