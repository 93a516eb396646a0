"""QMTP, the Quick Mail Transfer Protocol (D. J. Bernstein, 1997): packages of netstrings, both sides, without I/O."""
