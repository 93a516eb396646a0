"""How much may be sent, and what is done about a mailbox that seems to be in other hands (E3)."""
