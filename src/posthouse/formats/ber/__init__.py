"""The Basic Encoding Rules of ASN.1 as LDAP uses them (X.690, RFC 4511 §5.1)."""
