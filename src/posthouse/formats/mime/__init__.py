"""MIME structure: one-pass scanner with octet offsets, transfer and charset decoding, building."""
