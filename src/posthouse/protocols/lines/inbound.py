"""Octets that have arrived and are not used yet, and the lines among them.

Segments are joined only when somebody looks, so many small ones cost no more than one large one. A line that is too
long is swallowed to its end and reported once: the next line is in step again. A line ends at LF in every case, so that a
bare LF is one refused command and never a second, hidden one.
"""

import enum


class LineFault(enum.Enum):
    """Why a line is no line of a mail protocol."""

    TOO_LONG = "too long"
    BARE_LINE_FEED = "bare LF"
    BARE_CARRIAGE_RETURN = "bare CR"
    NUL = "NUL"


class Inbound:
    """A buffer read from the front."""

    __slots__ = ("_at", "_octets", "_overlong", "_scanned", "_waiting")

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0
        self._scanned = 0
        self._waiting: list[bytes] = []
        self._overlong = False

    def __len__(self) -> int:
        """Octets not used yet."""
        return len(self._octets) - self._at + sum(map(len, self._waiting))

    def append(self, octets: bytes) -> None:
        """Add what has arrived."""
        self._waiting.append(octets)

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]  # the fields have one place where they get their values

    def line(self, limit: int) -> bytes | LineFault | None:
        """Take the next line without its CRLF; None when it is not complete. ``limit`` is in octets, CRLF included."""
        line = self.raw_line(limit)
        return _vetted(line) if isinstance(line, bytes) else line

    def raw_line(self, limit: int) -> bytes | LineFault | None:
        """Take the next line without its LF, whatever is in it; LineFault only when it is too long."""
        end = self._octets.find(b"\n", self._scanned)
        if end < 0 and self._waiting:
            self._join()
            end = self._octets.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._octets)
            if self._scanned - self._at >= limit:
                self._overlong = True
                self._octets, self._at, self._scanned = b"", 0, 0
            return None
        start, self._at, self._scanned = self._at, end + 1, end + 1
        if self._overlong or end + 1 - start > limit:
            self._overlong = False
            return LineFault.TOO_LONG
        return self._octets[start:end]

    def take(self, most: int | None = None) -> bytes:
        """Take what is there, at most so many octets."""
        if self._waiting:
            self._join()
        if most is not None and most < len(self._octets) - self._at:
            taken = self._octets[self._at : self._at + most]
            self._at = self._scanned = self._at + most
            return taken
        taken = self._octets[self._at :] if self._at else self._octets
        self._octets, self._at, self._scanned = b"", 0, 0
        return taken

    def put_back(self, octets: bytes) -> None:
        """Undo part of a ``take`` that took everything."""
        self._octets, self._at, self._scanned = octets, 0, 0

    def _join(self) -> None:
        rest = self._octets[self._at :]
        self._scanned -= self._at
        self._octets = b"".join([rest, *self._waiting]) if rest or len(self._waiting) > 1 else self._waiting[0]
        self._at = 0
        self._waiting.clear()


def _vetted(line: bytes) -> bytes | LineFault:
    """A line with its CR, checked and without it."""
    if not line.endswith(b"\r"):
        return LineFault.BARE_LINE_FEED
    if line.find(b"\r", 0, -1) >= 0:
        return LineFault.BARE_CARRIAGE_RETURN
    return LineFault.NUL if b"\0" in line else line[:-1]
