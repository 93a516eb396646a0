"""What accounts have sent lately: in the keeper's database, and in one process."""
