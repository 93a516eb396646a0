"""What to do with bare newlines in a message."""

import enum


class BareNewlines(enum.Enum):
    """What to do with a message that has a bare CR or LF.

    REJECT refuses it, so that no server behind us can be made to see a second message in it (*SMTP smuggling*). KEEP takes
    it octet by octet; only CRLF . CRLF ends it here, but others may read it differently.
    """

    REJECT = "reject"
    KEEP = "keep"
