"""Failed sign-ins and blocks, kept in one database by the keeper process."""
