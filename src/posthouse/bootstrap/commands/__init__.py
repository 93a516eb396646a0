"""What the command line calls: the house opened, one service verb over it."""
