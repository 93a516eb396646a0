"""Whole verbs between the processes of one machine, over Unix sockets."""
