"""Reports in one database, kept by the keeper process."""
