"""NOTIFY: news of mailboxes that are not selected, and of the selected one without a command (RFC 5465)."""
