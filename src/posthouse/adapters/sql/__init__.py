"""SQL behind the ports: an embedded SQLite today, SQL servers beside it later."""
