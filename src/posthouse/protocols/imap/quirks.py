"""What real programs send although the grammar does not allow it, and is understood all the same.

Each constant is the name by which the code that tolerates the quirk can be found; its value says who needs it. A quirk is tolerated
only where it cannot be mistaken for anything else, and never in what this server sends.
"""

from typing import Final

TRAILING_SPACE: Final = (
    "A space before CRLF or before a closing parenthesis: typed by hand, sent by scripts on top of Perl and PHP libraries."
)
BARE_LINE_FEED: Final = "LF alone ends a line: netcat, telnet in character mode, monitoring scripts. Literals count every octet."
EIGHT_BIT_ASTRING: Final = (
    "Octets above 127 outside quotes and literals: programs that quote an argument only when they see a space in it send passwords "
    "and mailbox names in UTF-8 like this, imaplib's LOGIN among them (RFC 6855 wants them quoted)."
)
UNENCODED_MAILBOX_NAME: Final = (
    "A name that is not modified UTF-7 on an IMAP4rev1 connection: a lone '&', or raw UTF-8. Python's imaplib encodes nothing, nor "
    "do scripts on top of it. The characters are taken as they stand; they are answered properly encoded."
)
RECENT_STORED: Final = (
    "\\Recent among flags to set: copiers built on Mail::IMAPClient or imaplib hand over the flags they fetched. It is left out."
)
SINGLE_DIGIT_DAY: Final = 'A date-time like "1-Jan-2024 …" without its leading space: home-made importers built on strftime.'
EMPTY_ID_LIST: Final = (
    "``ID ()`` in place of ``ID NIL``, and ``ID`` alone: client libraries that have nothing to say of themselves."
)
NUMBERS_WITH_UIDONLY: Final = (
    'A program that calls itself "Microsoft Office 365" in ID enables UIDONLY and uses message numbers all the same. UIDONLY is '
    "not offered to it."
)
BARE_CHARSET: Final = "8-bit text in SEARCH without CHARSET, quoted or not: imaplib's search(None, …). It is read as UTF-8."
