"""What runs below the supervisor, and the supervisor itself."""
