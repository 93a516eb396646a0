"""The queue: one database for each mail worker."""
