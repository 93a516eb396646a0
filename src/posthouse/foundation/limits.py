"""Bounds that hold everywhere unless a setting says otherwise. Sizes are octets, times are seconds."""

from typing import Final

MIME_DEPTH: Final = 100
"""Nesting of entities; deeper ones are leaves."""
MIME_PARTS: Final = 10_000
"""Entities in one message; further ones belong to the body of the last."""
MIME_PARAMETERS: Final = 256
"""Parameters taken from one Content-Type or Content-Disposition field."""
HEADER_OCTETS: Final = 1_048_576
"""Octets of one header block that are looked at for fields."""
HEADER_FIELDS: Final = 10_000
"""Fields of one header block that are looked at."""
SEARCH_TEXT_CHARACTERS: Final = 2_097_152
"""Characters of one message that can be searched."""
ADDRESSES: Final = 1_000
"""Addresses taken from one header field."""

MESSAGE_OCTETS: Final = 104_857_600
"""Largest message accepted by default (100 MiB)."""
COMMAND_LINE_OCTETS: Final = 8_192
"""Longest command line of SMTP and POP3, CRLF included; RFC 5321 asks for 512 plus what extensions add."""
IMAP_COMMAND_OCTETS: Final = 1_048_576
"""Longest IMAP command, its literals other than APPEND's included."""
INLINE_BODY_OCTETS: Final = 65_536
"""Bodies up to this size lie in the account's own database; larger ones in a blob."""
BLOB_CHUNK_OCTETS: Final = 131_072
"""Size of the independent pieces of a blob (128 KiB)."""
