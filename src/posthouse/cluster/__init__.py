"""Membership, leases and placement: pure algorithms plus one driver."""
