"""Reports that domains send each other: DMARC aggregate reports (RFC 7489 App. C, RFC 9990) and TLS reports (RFC 8460)."""
