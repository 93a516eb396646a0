"""A PostgreSQL server behind the ports: one schema for everybody, many processes that write (docs/adr/0009)."""
