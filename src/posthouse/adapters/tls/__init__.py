"""What is remembered of TLS with other servers, in one database of the keeper."""
