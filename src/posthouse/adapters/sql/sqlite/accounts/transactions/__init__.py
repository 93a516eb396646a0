"""What one hop to a thread does: functions of a connection, each a whole transaction."""
