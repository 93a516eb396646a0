"""Hashes of passwords as other mail servers keep them."""
