"""One pass over a message that finds its parts: offsets and line counts, nothing decoded, nothing copied but Content-* values.

The pass moves from delimiter candidate to delimiter candidate (``bytes.find`` of LF and two hyphens) and looks each
line up in the delimiters of all multiparts that are open, so its cost does not depend on the depth of nesting. Header
blocks are searched by compiled patterns. Lines are counted once, between the offsets that matter.

RFC 2046 §5.1: a delimiter stands alone on its line but for trailing white space; the line end before it belongs to
it; a delimiter of an outer multipart ends everything inside; what follows a close delimiter is epilogue. Where one
boundary is used by two open multiparts the inner one has it. Octets of every kind are accepted: there is no malformed
message, only a smaller tree.
"""

import re
from functools import lru_cache
from typing import Final

from posthouse.formats.header.fields import HEADER_END, header_end, unfold
from posthouse.formats.mime.content import (
    ContentType,
    content_disposition,
    content_language,
    content_transfer_encoding,
    content_type,
)
from posthouse.formats.mime.parameters import parameter
from posthouse.formats.mime.part import Part
from posthouse.foundation.limits import HEADER_OCTETS, MIME_DEPTH, MIME_PARTS

_CONTENT = rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-([A-Za-z0-9-]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*)"
_CONTENT_FIELD_HERE: Final = re.compile(_CONTENT).match
_CONTENT_FIELDS: Final = re.compile(b"\n" + _CONTENT).findall
_HEADER_END: Final = HEADER_END.search
_ONLY_BLANK_LINE: Final = 3
"""Octets from the LF of a last header field to the body: LF CR LF."""
_WHITE_SPACE: Final = b" \t\r"
_Part = Part
_LF: Final = 10
_CR: Final = 13
_ENCODED: Final = frozenset((b"base64", b"quoted-printable"))


def scan(octets: bytes, *, start: int = 0, end: int | None = None) -> Part:
    """Return the tree of parts of the message that lies in ``octets[start:end]``.

    Offsets in the tree count from the first octet of ``octets``. Line ends may be CRLF, bare LF or a mixture. Linear in
    time whatever the octets; bounded by MIME_DEPTH and MIME_PARTS. Never raises.
    """
    stop = len(octets) if end is None else min(end, len(octets))
    return _Scan(octets, min(start, stop), stop).run()


_Listener = tuple[int, bytes, bytes, int, int]
"""A multipart that listens for its two lines: level, delimiter, close delimiter, and what these two meant before it."""


class _Scan:
    __slots__ = ("counted_to", "end", "lines", "listeners", "meanings", "octets", "path", "room", "start")

    def __init__(self, octets: bytes, start: int, end: int) -> None:
        self.octets = octets
        self.start = start
        self.end = end
        self.path: list[tuple[Part, int]] = []
        """The open entities from the root to the innermost, each with the LFs of the message before its body."""
        self.listeners: list[_Listener] = []
        self.meanings: dict[bytes, int] = {}
        """What a line says to the listening multiparts: the multipart that is the nth entity of the path, counted from 1, has n
        for its delimiter and -n for its close delimiter."""
        self.room = MIME_PARTS
        self.counted_to = start
        self.lines = 0

    def run(self) -> Part:
        octets, end, find, meanings, path = self.octets, self.end, self.octets.find, self.meanings, self.path
        position = self._open(self.start, False)
        root = path[0][0]
        while meanings:
            before = find(b"\n--", position, end)
            if before < 0:
                break
            position = find(b"\n", before + 3, end)
            if position < 0:
                position = end
            meaning = meanings.get(octets[before + 1 : position].rstrip(_WHITE_SPACE))
            if meaning is None:
                continue
            body_end = before - 1 if octets[before - 1] == _CR else before
            if meaning < 0:
                self._close(-meaning, body_end)
                self._stop_listening()
                continue
            if not self.room:
                break
            self._close(meaning, body_end)
            in_digest = path[-1][0].media_subtype == b"digest"
            position = self._open(position + 1 if position < end else end, in_digest)
        self._close(0, end)
        return root

    def _open(self, position: int, in_digest: bool) -> int:
        """Open the entity at ``position`` and every message directly inside it.

        Returns where to look for delimiters: at the last LF before the innermost body.
        """
        octets, path = self.octets, self.path
        while True:
            part = self._entity(position, in_digest)
            position = part.body_start
            self.lines += octets.count(b"\n", self.counted_to, position)
            self.counted_to = position
            if path:
                path[-1][0].children.append(part)
            path.append((part, self.lines))
            self.room -= 1
            if part.media_type == b"multipart":
                self._listen(part)
                break
            if part.media_type != b"message" or not self._holds_message(part):
                break
            in_digest = False
        return position - 1 if position > self.start and octets[position - 1] == _LF else position

    def _entity(self, position: int, in_digest: bool) -> Part:
        octets, end = self.octets, self.end
        opening = _CONTENT_FIELD_HERE(octets, position, end)
        if opening:
            # The usual body part: its header begins with a Content-* field and often has no other.
            found = [opening.groups()]
            looked_to = opening.end()
            ending = _HEADER_END(octets, looked_to, end)
            body_start = ending.end() if ending else end
        else:
            found = []
            looked_to = position
            body_start = header_end(octets, position, end)
        part = _Part(position, body_start, body_start, 0)
        if body_start - looked_to > _ONLY_BLANK_LINE:
            found += _CONTENT_FIELDS(octets, looked_to, min(body_start, position + HEADER_OCTETS))
        if in_digest:
            part.media_type, part.media_subtype = b"message", b"rfc822"
        # Backwards: of equal fields the first counts.
        for name, body in reversed(found):
            field = name.lower()
            if field == b"type":
                part.media_type, part.media_subtype, parameters = _known_type(body) if len(body) <= 80 else content_type(body)
                part.parameters = [*parameters]
            elif describe := _DESCRIBING.get(field):
                describe(part, body)
        return part

    def _holds_message(self, part: Part) -> bool:
        return (
            part.media_subtype in (b"rfc822", b"global")
            and part.transfer_encoding not in _ENCODED
            and self.room > 0
            and len(self.path) < MIME_DEPTH
        )

    def _listen(self, part: Part) -> None:
        boundary = parameter(part.parameters, b"boundary").rstrip(_WHITE_SPACE)
        level = len(self.path)
        if not boundary or level >= MIME_DEPTH:
            return
        delimiter = b"--" + boundary
        close = delimiter + b"--"
        meanings = self.meanings
        self.listeners.append((level, delimiter, close, meanings.get(delimiter, 0), meanings.get(close, 0)))
        meanings[delimiter] = level
        meanings[close] = -level

    def _stop_listening(self) -> None:
        _, delimiter, close, delimiter_meant, close_meant = self.listeners.pop()
        meanings = self.meanings
        del meanings[delimiter], meanings[close]
        if close_meant:
            meanings[close] = close_meant
        if delimiter_meant:
            meanings[delimiter] = delimiter_meant

    def _close(self, level: int, body_end: int) -> None:
        """Close the entities inside the first ``level`` ones; ``body_end`` is where the line end before the delimiter begins."""
        path, octets = self.path, self.octets
        innermost_start = path[-1][0].body_start
        # An empty body begins where the delimiter line does: the blank line before it ended the header.
        if body_end <= innermost_start:
            body_end = innermost_start
        lines = self.lines + octets.count(b"\n", self.counted_to, body_end)
        self.lines, self.counted_to = lines, body_end
        while len(path) > level:
            part, lines_before = path.pop()
            part.body_end = body_end
            part.line_count = lines - lines_before
            if body_end > part.body_start and octets[body_end - 1] != _LF:
                part.line_count += 1
        listeners = self.listeners
        while listeners and listeners[-1][0] > level:
            self._stop_listening()


def _describe_type(part: Part, body: bytes) -> None:
    part.media_type, part.media_subtype, parameters = _known_type(body) if len(body) <= 80 else content_type(body)
    part.parameters = [*parameters]


def _describe_encoding(part: Part, body: bytes) -> None:
    part.transfer_encoding = content_transfer_encoding(body)


def _describe_disposition(part: Part, body: bytes) -> None:
    part.disposition, part.disposition_parameters = content_disposition(body)


def _describe_id(part: Part, body: bytes) -> None:
    part.content_id = unfold(body).strip() or None


def _describe_description(part: Part, body: bytes) -> None:
    part.description = unfold(body).strip() or None


def _describe_md5(part: Part, body: bytes) -> None:
    part.md5 = unfold(body).strip() or None


def _describe_language(part: Part, body: bytes) -> None:
    part.language = content_language(body)


def _describe_location(part: Part, body: bytes) -> None:
    part.location = unfold(body).strip() or None


_DESCRIBING: Final = {
    b"type": _describe_type,
    b"transfer-encoding": _describe_encoding,
    b"disposition": _describe_disposition,
    b"id": _describe_id,
    b"description": _describe_description,
    b"md5": _describe_md5,
    b"language": _describe_language,
    b"location": _describe_location,
}


@lru_cache(maxsize=512)
def _known_type(body: bytes) -> ContentType:
    """Most of the world's body parts share a few dozen Content-Type bodies."""
    return content_type(body)
