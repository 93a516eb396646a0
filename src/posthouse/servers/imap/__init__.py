"""The IMAP server: what commands mean. Octets are in ``posthouse.protocols.imap``, mail is in ``posthouse.services``."""
