"""IMAP responses, straight to octets: no object per message stands between a row and its line."""
