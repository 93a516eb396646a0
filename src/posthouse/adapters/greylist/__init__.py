"""Who has written to whom, kept in one database by the keeper process."""
