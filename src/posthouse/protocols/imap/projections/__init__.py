"""What FETCH answers from octets that were rendered once, at delivery: ENVELOPE, BODY, BODYSTRUCTURE and the way to a section."""
