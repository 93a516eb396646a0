"""Getting queued messages to where they belong: routes, attempts, what to do next, notifications."""
