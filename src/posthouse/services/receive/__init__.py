"""Taking a message in: who it is for, its octets, trace fields, and the moment after which it is kept."""
