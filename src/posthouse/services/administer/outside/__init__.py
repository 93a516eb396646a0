"""Mailboxes of people whom somebody outside knows."""
