"""Whether a message may be answered by a machine."""
