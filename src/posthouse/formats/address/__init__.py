"""Mail addresses: RFC 5321 paths, RFC 5322 address lists, internationalised domains."""
