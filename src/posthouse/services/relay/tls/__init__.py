"""What is asked of TLS with other servers, and how it went."""
