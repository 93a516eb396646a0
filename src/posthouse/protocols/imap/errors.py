"""The ways in which what a client sent can be wrong. Nothing else is ever raised by the grammar."""


class ImapViolation(ValueError):
    """A command cannot be accepted as it was sent.

    ``reason`` is a short English phrase in ASCII without CR or LF, fit for the text of a ``BAD`` or ``NO`` response. It never
    repeats what the client sent, because that may be a password.
    """

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class SyntaxViolation(ImapViolation):
    """The octet at ``position`` does not fit the grammar (RFC 9051 §9); answered ``BAD``."""


class CharsetUnknown(ImapViolation):
    """SEARCH names a charset that is not served; answered ``NO [BADCHARSET (…)]`` (RFC 9051 §7.1)."""
