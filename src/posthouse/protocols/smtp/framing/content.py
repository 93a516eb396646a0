"""Chunks of BDAT (RFC 3030), and what every content is checked for on its way in."""

from posthouse.protocols.lines.newlines import NewlineCheck
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.replies import CONTENT_BARE_NEWLINE, MESSAGE_TOO_BIG, Reply


class ChunkReader:
    """Counts the octets of one chunk."""

    __slots__ = ("wants",)

    def __init__(self, size_octets: int) -> None:
        self.wants = size_octets
        """Octets still to come."""

    def feed(self, octets: bytes) -> tuple[bytes, bytes | None]:
        """Take octets; give content, and what follows the chunk (None until it is complete)."""
        if len(octets) < self.wants:
            self.wants -= len(octets)
            return octets, None
        wanted, self.wants = self.wants, 0
        return octets[:wanted], octets[wanted:]


class ContentCheck:
    """Size and line endings of one message; after the first fault nothing more is let through."""

    __slots__ = ("_newlines", "_room", "refusal")

    def __init__(self, message_octets: int, bare_newlines: BareNewlines) -> None:
        self._room = message_octets
        self._newlines = NewlineCheck() if bare_newlines is BareNewlines.REJECT else None
        self.refusal: Reply | None = None

    def admits(self, octets: bytes) -> bool:
        """Whether this piece is fine; the fault is in ``refusal`` otherwise."""
        self._room -= len(octets)
        if self.refusal is None and self._room < 0:
            self.refusal = MESSAGE_TOO_BIG
        if self.refusal is None and self._newlines is not None and not self._newlines.passes(octets):
            self.refusal = CONTENT_BARE_NEWLINE
        return self.refusal is None

    def finish(self) -> None:
        """Check what can be known only at the end."""
        if self.refusal is None and self._newlines is not None and not self._newlines.ends():
            self.refusal = CONTENT_BARE_NEWLINE
