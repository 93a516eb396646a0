"""The audit log in one database, written by one process."""
