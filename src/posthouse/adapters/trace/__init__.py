"""What happened to every message, kept in one database by the keeper process."""
