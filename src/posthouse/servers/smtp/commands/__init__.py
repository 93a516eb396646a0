"""What each command means."""
