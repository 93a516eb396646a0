"""Bodies as files in blob format v1, and the spool they come in through."""
