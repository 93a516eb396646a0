"""Bodies of the Content-* fields (RFC 2045 §5, RFC 2183, RFC 3282), read as leniently as mail programs write them.

Every function takes a field body as it stands in the header (folded or not) and never raises. Tolerated, because
senders do it: comments anywhere, missing or doubled semicolons, missing closing quotes, unquoted values with spaces,
parameters given twice (the first counts), a disposition that begins with its file name.
"""

import re
from typing import NamedTuple

from posthouse.formats.header.fields import unfold
from posthouse.formats.mime.part import Parameters
from posthouse.foundation.limits import MIME_PARAMETERS

_MEDIA_TYPE = re.compile(rb'[\s;"]*+([\w!#$%&\'*+.^`|~{}-]++)\s*+/\s*+([\w!#$%&\'*+.^`|~{}-]++)"?')
_TOKEN = re.compile(rb'[\s;"]*+([^\s;="]++)')
_SEPARATORS = re.compile(rb"[;\s]*+")
# "charset=utf-8 format=flowed": an unquoted value may have spaces, but it ends where the next parameter begins.
_PARAMETER = re.compile(
    rb"""([^\s=;"]++)\s*+=\s*+(?: "((?:[^"\\]++|\\.)*)" | ((?:[^;\s]++|\s(?![A-Za-z][\w*-]*+=))*) )""",
    re.DOTALL | re.VERBOSE,
)
# At most one parameter, all written as it should be: nine of ten fields are like that and need no second look.
_ONE_PARAMETER = rb'(?:\s*+;\s*+([\w*-]++)=(?:"([^"\\\n]*+)"|([^\s;"()\\]++)))?\s*+\Z'
_PLAIN_TYPE = re.compile(rb"\s*+([\w.+-]++)/([\w.+-]++)" + _ONE_PARAMETER)
_PLAIN_DISPOSITION = re.compile(rb"\s*+([\w.+-]++)" + _ONE_PARAMETER)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_COMMENT_EDGE = re.compile(rb'"(?:[^"\\]++|\\.)*"|\\.|[()]', re.DOTALL)


class ContentType(NamedTuple):
    """A Content-Type field body; type and subtype in lower case."""

    media_type: bytes
    media_subtype: bytes
    parameters: Parameters


def content_type(body: bytes) -> ContentType:
    """Parse ``type/subtype *(;parameter)`` (RFC 2045 §5.1); what cannot be read is text/plain (§5.2)."""
    plain = _PLAIN_TYPE.match(body)
    if plain:
        media_type, media_subtype, name, quoted, token = plain.groups()
        return ContentType(media_type.lower(), media_subtype.lower(), _only(name, quoted, token))
    value = _plain(body)
    match = _MEDIA_TYPE.match(value)
    if match:
        return ContentType(match[1].lower(), match[2].lower(), parameters(value, match.end()))
    if value.lstrip()[:10].lower().startswith(b"multipart;"):
        return ContentType(b"multipart", b"mixed", parameters(value, value.find(b";")))
    return ContentType(b"text", b"plain", [])


def content_disposition(body: bytes) -> tuple[bytes, Parameters]:
    """Parse a disposition and its parameters (RFC 2183 §2); one that begins with a parameter is an attachment."""
    plain = _PLAIN_DISPOSITION.match(body)
    if plain:
        disposition, name, quoted, token = plain.groups()
        return disposition.lower(), _only(name, quoted, token)
    value = _plain(body)
    match = _TOKEN.match(value)
    if match is None or value[match.end() :].lstrip().startswith(b"="):
        return b"attachment", parameters(value, 0)
    return match[1].lower(), parameters(value, match.end())


def content_transfer_encoding(body: bytes) -> bytes:
    """Return the mechanism in lower case (RFC 2045 §6.1); ``b"7bit"`` when the field is empty."""
    match = _TOKEN.match(_plain(body))
    return match[1].lower() if match else b"7bit"


def content_language(body: bytes) -> list[bytes]:
    """Return the language tags as written (RFC 3282)."""
    return [tag for tag in (piece.strip() for piece in _plain(body).split(b",", MIME_PARAMETERS)) if tag]


def parameters(value: bytes, position: int) -> Parameters:
    """Parse ``*(";" attribute "=" value)`` from ``position`` on.

    Names in lower case, values unquoted; of equal names the first is kept.
    """
    found: dict[bytes, bytes] = {}
    while len(found) < MIME_PARAMETERS:
        # Separators apart: a match that fails must not go over a long run of them again.
        if separators := _SEPARATORS.match(value, position):
            position = separators.end()
        match = _PARAMETER.match(value, position)
        if match is None:
            position = value.find(b";", position) + 1
            if position == 0:
                break
            continue
        position = match.end()
        found.setdefault(match[1].lower(), _unquoted(match))
    return list(found.items())


def _only(name: bytes | None, quoted: bytes | None, token: bytes) -> Parameters:
    return [] if name is None else [(name.lower(), token if quoted is None else quoted)]


def _unquoted(match: re.Match[bytes]) -> bytes:
    quoted = match[2]
    if quoted is None:
        return match[3].strip().lstrip(b'"')
    return _QUOTED_PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted


def _plain(body: bytes) -> bytes:
    value = unfold(body) if b"\n" in body else body
    return _without_comments(value) if b"(" in value else value


def _without_comments(value: bytes) -> bytes:
    """Drop comments (RFC 5322 §3.2.2), except one glued to what follows: ``name=Plan (2).pdf`` is a file name, not a comment."""
    kept: list[bytes] = []
    done = depth = opened = 0
    for match in _COMMENT_EDGE.finditer(value):
        edge = match[0]
        if edge == b"(":
            opened = opened if depth else match.start()
            depth += 1
        elif edge == b")" and depth:
            depth -= 1
            if depth == 0 and value[match.end() : match.end() + 1] in (b"", b" ", b"\t", b";"):
                kept.append(value[done:opened])
                done = match.end()
    kept.append(value[done:])
    return b"".join(kept)
