"""What leaves an installation, and comes into one."""
