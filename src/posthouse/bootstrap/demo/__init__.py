"""``make run``: a service to look at, with people in it and letters in four languages, sent through its own ports."""
