"""Base subject (RFC 5256 §2.1): what SORT and THREAD compare, freed of Re:, Fwd: and list tags."""

import re
from typing import Final, NamedTuple

_LOOKED_AT: Final = 1_000
"""Characters of a subject that are looked at; the rules below repeat until nothing changes."""
_SPACE = re.compile(r"\s+")
_BLOB: Final = r"\[[^\[\]]*\] *"
_LEADER = re.compile(rf"(?:{_BLOB})*(?:re|fwd?) *(?:{_BLOB})?:|(?P<space> )", re.IGNORECASE)
_BLOB_AND_MORE = re.compile(rf"{_BLOB}(?=.)", re.DOTALL)
_FORWARD_HEADER: Final = "[fwd:"
_TRAILER: Final = "(fwd)"


class BaseSubject(NamedTuple):
    """A subject reduced to what its thread has in common; not case-folded."""

    text: str
    is_reply_or_forward: bool


def base_subject(subject: str) -> BaseSubject:
    """Reduce a decoded subject by the six steps of RFC 5256 §2.1."""
    text = _SPACE.sub(" ", subject[:_LOOKED_AT])
    changed = False
    while True:
        text, trailed = _without_trailers(text)
        text, led = _without_leaders(text)
        changed = changed or trailed or led
        if not (text[:5].lower() == _FORWARD_HEADER and text.endswith("]")):
            return BaseSubject(text, changed)
        text = text[5:-1]
        changed = True


def _without_trailers(text: str) -> tuple[str, bool]:
    changed = False
    text = text.rstrip(" ")
    while text[-5:].lower() == _TRAILER:
        text = text[:-5].rstrip(" ")
        changed = True
    return text, changed


def _without_leaders(text: str) -> tuple[str, bool]:
    position, changed = 0, False
    while True:
        leader = _LEADER.match(text, position)
        if leader:
            changed = changed or leader["space"] is None
            position = leader.end()
            continue
        blob = _BLOB_AND_MORE.match(text, position)
        if blob is None:
            return text[position:], changed
        position = blob.end()
