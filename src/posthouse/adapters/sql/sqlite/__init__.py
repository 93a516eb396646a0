"""Embedded storage: SQLite in WAL mode, one writer per file, whole transactions shipped to threads."""
