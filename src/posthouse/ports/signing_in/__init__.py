"""Who is signed in, and what is on the way there."""
