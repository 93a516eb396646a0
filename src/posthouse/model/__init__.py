"""Account, Mailbox, Email, Delivery, Policy: invariants without I/O."""
