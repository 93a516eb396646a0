"""What other servers and mail programs look for at well-known places."""
