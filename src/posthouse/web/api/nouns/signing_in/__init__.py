"""What people and programs sign in with."""
