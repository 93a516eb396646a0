"""What domains and mailboxes may have, and what their addresses are."""
