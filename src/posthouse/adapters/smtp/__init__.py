"""The outbound side of SMTP and LMTP: connections to other servers, kept and reused."""
