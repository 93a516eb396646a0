"""THREAD (RFC 5256): messages to forests, by references or by subjects, and forests to text."""
