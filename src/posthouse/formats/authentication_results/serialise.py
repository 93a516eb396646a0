"""Writing the field: a line for each result, folded further where it is long."""

import re
from typing import Final

from posthouse.formats.authentication_results.value import AuthenticationResults, MethodResult, Property
from posthouse.formats.header.writing import structured

NAME: Final = "Authentication-Results"
TEXT_CHARACTERS: Final = 300
"""Longest reason, comment or value that is written."""
_LINE: Final = 78
_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~@-]+")
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")


def serialise(value: AuthenticationResults) -> bytes:
    """Return the whole Authentication-Results field with CRLF.

    Controls in texts become spaces and long texts are cut; characters that are not ASCII are UTF-8 (RFC 8616 §6).
    Raises: ValueError when a method, result or property is no keyword.
    """
    lines = [_value(value.authserv_id) + ("" if value.version == 1 else f" {value.version}")]
    if not value.results:
        lines[-1] += "; none"
    for found in value.results:
        lines[-1] += ";"
        lines += _resinfo(found)
    return structured(NAME, "\r\n\t".join(lines).encode("utf-8", "surrogateescape"))


def _resinfo(found: MethodResult) -> list[str]:
    method = _keyword(found.method) + ("" if found.version == 1 else f"/{found.version}")
    pieces = [f"{method}={_keyword(found.result)}"]
    if found.comment:
        pieces.append("(" + re.sub(r"([()\\])", r"\\\1", _clean(found.comment)) + ")")
    if found.reason:
        pieces.append("reason=" + _quoted(found.reason))
    pieces += [_property(item) for item in found.properties]
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) < _LINE - 1:
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    return lines


def _property(item: Property) -> str:
    ptype = _keyword(item.ptype) + "." if item.ptype else ""
    return f"{ptype}{_keyword(item.name)}={_value(item.value)}"


def _value(text: str) -> str:
    return text if _BARE.fullmatch(text) and len(text) <= TEXT_CHARACTERS else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", _clean(text)) + '"'


def _clean(text: str) -> str:
    return _NOT_PRINTED.sub(" ", text)[:TEXT_CHARACTERS]


def _keyword(text: str) -> str:
    if not _KEYWORD.fullmatch(text):
        raise ValueError(f"not a keyword: {text!r}")
    return text
