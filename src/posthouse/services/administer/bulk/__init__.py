"""Many mailboxes at once, from a table and into one."""
