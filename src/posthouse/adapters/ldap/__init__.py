"""LDAP servers: connections that are kept for a while, and the port over them."""
