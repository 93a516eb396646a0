"""Who may do what, who did it, and doing it by program."""
