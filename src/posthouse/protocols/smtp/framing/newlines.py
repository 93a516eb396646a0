"""Whether every CR of a content is followed by LF and every LF follows a CR (RFC 5321 §2.3.8), piece by piece."""

import enum


class BareNewlines(enum.Enum):
    """What to do with a message that has a bare CR or LF.

    REJECT refuses it, so that no server behind us can be made to see a second message in it (*SMTP smuggling*). KEEP takes
    it octet by octet; only CRLF . CRLF ends it here, but others may read it differently.
    """

    REJECT = "reject"
    KEEP = "keep"


class NewlineCheck:
    """Three counts by C code instead of a loop: octets cost the same whatever they are."""

    __slots__ = ("_carriage_return",)

    def __init__(self) -> None:
        self._carriage_return = False

    def passes(self, octets: bytes) -> bool:
        """Whether this piece is fine; a CR at its end is judged with the next one."""
        if self._carriage_return:
            octets = b"\r" + octets
        lines = octets.count(b"\r\n")
        self._carriage_return = octets.endswith(b"\r")
        return lines == octets.count(b"\n") and lines == octets.count(b"\r") - self._carriage_return

    def ends(self) -> bool:
        """Whether nothing is left open at the end of the content."""
        return not self._carriage_return
