"""What is looked at before a message from outside is taken: one small object for each check, in the order of ``pipeline``."""
