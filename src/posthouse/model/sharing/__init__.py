"""What is shared: rights of others on mailboxes, and the notes people keep on them."""
