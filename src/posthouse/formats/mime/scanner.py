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
from typing import Final

from posthouse.formats.header.fields import header_end, unfold
from posthouse.formats.mime.content import content_disposition, content_language, content_transfer_encoding, content_type
from posthouse.formats.mime.parameters import parameter
from posthouse.formats.mime.part import Part
from posthouse.foundation.limits import HEADER_OCTETS, MIME_DEPTH, MIME_PARTS

_CONTENT = rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-([A-Za-z0-9-]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*)"
_FIRST_CONTENT_FIELD = re.compile(_CONTENT)
_CONTENT_FIELDS = re.compile(b"\n" + _CONTENT)
_WHITE_SPACE: Final = b" \t\r"
_LF: Final = 10
_CR: Final = 13
_ENCODED: Final = frozenset((b"base64", b"quoted-printable"))


def scan(octets: bytes, *, start: int = 0, end: int | None = None) -> Part:
    """Return the tree of parts of the message that lies in ``octets[start:end]``.

    Offsets in the tree count from the first octet of ``octets``. Line ends may be CRLF, bare LF or a mixture. Linear
    in time whatever the octets; bounded by MIME_DEPTH and MIME_PARTS. Never raises.
    """
    stop = len(octets) if end is None else min(end, len(octets))
    return _Scan(octets, min(start, stop), stop).run()


class _Multipart:
    """An open multipart that still listens for its delimiters, and what those meant before it was opened."""

    __slots__ = ("close", "delimiter", "level", "shadowed_close", "shadowed_delimiter")

    def __init__(self, level: int, boundary: bytes) -> None:
        self.level = level
        self.delimiter = b"--" + boundary
        self.close = b"--" + boundary + b"--"
        self.shadowed_delimiter: _Multipart | None = None
        self.shadowed_close: _Multipart | None = None


class _Scan:
    __slots__ = ("counted_to", "end", "lines", "lines_at_body", "listening", "meanings", "octets", "path", "room", "start")

    def __init__(self, octets: bytes, start: int, end: int) -> None:
        self.octets = octets
        self.start = start
        self.end = end
        self.path: list[Part] = []
        """The open entities, from the root to the innermost."""
        self.lines_at_body: list[int] = []
        """For each open entity the LFs of the message before its body."""
        self.listening: list[_Multipart] = []
        self.meanings: dict[bytes, _Multipart] = {}
        """Delimiter and close delimiter lines of the multiparts in ``listening``."""
        self.room = MIME_PARTS
        self.counted_to = start
        self.lines = 0

    def run(self) -> Part:
        octets, end, find = self.octets, self.end, self.octets.find
        position = self._open(self.start, in_digest=False)
        root = self.path[0]
        while self.listening:
            line_end_before = find(b"\n--", position, end)
            if line_end_before < 0:
                break
            position = find(b"\n", line_end_before + 3, end)
            if position < 0:
                position = end
            line = octets[line_end_before + 1 : position].rstrip(_WHITE_SPACE)
            multipart = self.meanings.get(line)
            if multipart is None:
                continue
            if line == multipart.delimiter and not self.room:
                break
            self._close(multipart.level + 1, line_end_before)
            if line == multipart.delimiter:
                in_digest = self.path[-1].media_subtype == b"digest"
                position = self._open(min(position + 1, end), in_digest=in_digest)
            else:
                self._stop_listening()
        self._close(0, end)
        return root

    def _open(self, position: int, *, in_digest: bool) -> int:
        """Open the entity at ``position`` and every message directly inside it.

        Returns where to look for delimiters: at the last LF before the innermost body.
        """
        octets, path = self.octets, self.path
        while True:
            part = self._entity(position, in_digest=in_digest)
            if path:
                path[-1].children.append(part)
            path.append(part)
            position = part.body_start
            self.lines_at_body.append(self._lines_before(position))
            self.room -= 1
            if part.media_type == b"multipart":
                self._listen(part)
                break
            if part.media_type != b"message" or not self._holds_message(part):
                break
            in_digest = False
        return position - 1 if position > self.start and octets[position - 1] == _LF else position

    def _entity(self, position: int, *, in_digest: bool) -> Part:
        octets = self.octets
        body_start = header_end(octets, position, self.end)
        part = Part(position, body_start, body_start, 0)
        if body_start == position:
            found: list[tuple[bytes, bytes]] = []
        else:
            looked_at = min(body_start, position + HEADER_OCTETS)
            found = _CONTENT_FIELDS.findall(octets, position, looked_at)
            opening = _FIRST_CONTENT_FIELD.match(octets, position, looked_at)
            if opening:
                found.insert(0, (opening[1], opening[2]))
        if in_digest:
            part.media_type, part.media_subtype = b"message", b"rfc822"
        if found:
            _describe(part, found)
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
        if not boundary or len(self.path) >= MIME_DEPTH:
            return
        multipart = _Multipart(len(self.path) - 1, boundary)
        meanings = self.meanings
        multipart.shadowed_delimiter = meanings.get(multipart.delimiter)
        multipart.shadowed_close = meanings.get(multipart.close)
        meanings[multipart.delimiter] = meanings[multipart.close] = multipart
        self.listening.append(multipart)

    def _stop_listening(self) -> None:
        multipart, meanings = self.listening.pop(), self.meanings
        shadowed = ((multipart.close, multipart.shadowed_close), (multipart.delimiter, multipart.shadowed_delimiter))
        for line, meant_before in shadowed:
            if meant_before is None:
                del meanings[line]
            else:
                meanings[line] = meant_before

    def _close(self, level: int, body_end: int) -> None:
        """Close the entities from the innermost up to ``level``; at a delimiter ``body_end`` is the LF before it."""
        octets, path = self.octets, self.path
        if body_end < self.end and body_end > self.start and octets[body_end - 1] == _CR:
            body_end -= 1
        while len(path) > level:
            part = path.pop()
            # An empty body begins where the delimiter line does: the blank line before it ended the header.
            part.body_end = body_end = max(body_end, part.body_start)
            lines = self._lines_before(body_end) - self.lines_at_body.pop()
            unended = body_end > part.body_start and octets[body_end - 1] != _LF
            part.line_count = lines + unended
        while self.listening and self.listening[-1].level >= level:
            self._stop_listening()

    def _lines_before(self, position: int) -> int:
        if position > self.counted_to:
            self.lines += self.octets.count(b"\n", self.counted_to, position)
            self.counted_to = position
        return self.lines


def _describe(part: Part, found: list[tuple[bytes, bytes]]) -> None:
    """Fill in what the Content-* fields say; of equal fields the first counts."""
    bodies: dict[bytes, bytes] = {}
    for name, body in found:
        bodies.setdefault(name.lower(), body)
    if b"type" in bodies:
        part.media_type, part.media_subtype, part.parameters = content_type(bodies[b"type"])
    if b"transfer-encoding" in bodies:
        part.transfer_encoding = content_transfer_encoding(bodies[b"transfer-encoding"])
    if len(bodies) > 1:
        _describe_rarely(part, bodies)


def _describe_rarely(part: Part, bodies: dict[bytes, bytes]) -> None:
    if b"disposition" in bodies:
        part.disposition, part.disposition_parameters = content_disposition(bodies[b"disposition"])
    if b"language" in bodies:
        part.language = content_language(bodies[b"language"])
    part.content_id = _text(bodies, b"id")
    part.description = _text(bodies, b"description")
    part.md5 = _text(bodies, b"md5")
    part.location = _text(bodies, b"location")


def _text(bodies: dict[bytes, bytes], name: bytes) -> bytes | None:
    body = bodies.get(name)
    return (unfold(body).strip() or None) if body is not None else None
