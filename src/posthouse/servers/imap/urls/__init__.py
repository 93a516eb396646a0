"""What IMAP URLs lead to in the mailboxes of a session."""
