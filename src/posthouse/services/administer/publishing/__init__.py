"""What a domain publishes about its mail: signing keys and DNS records."""
