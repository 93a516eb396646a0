"""What the verbs do with a connection: statements on one account, whose number is in every key."""
