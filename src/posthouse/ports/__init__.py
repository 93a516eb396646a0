"""What the services need from the outside, as typed protocols on values."""
