"""What may be given out: names, passwords, the mailboxes an account begins with. Pure rules."""
