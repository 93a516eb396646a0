"""DomainKeys Identified Mail (RFC 6376, RFC 8301, RFC 8463): signatures over header fields and body."""
