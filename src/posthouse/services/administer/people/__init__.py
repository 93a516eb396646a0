"""What becomes of mailboxes: former addresses, removal and the time until it is for ever."""
