"""What owners and administrators see of how people sign in."""
