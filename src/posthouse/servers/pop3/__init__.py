"""POP3 server: the inbox of one account as a maildrop."""
