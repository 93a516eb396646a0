"""Fields that claim to be ours on mail from outside, and have to go (RFC 8601 §5)."""

from typing import Final

from posthouse.formats.authentication_results.parse import InvalidAuthenticationResults, authserv_id
from posthouse.formats.header.fields import fields

_NAME: Final = b"authentication-results"


def forged(head: bytes, own_id: str) -> list[tuple[int, int]]:
    """Return the ranges of whole Authentication-Results fields that carry ``own_id``, in their order; ends are exclusive.

    Fields that cannot be read but have the id in them somewhere are among them: others may read them more kindly.
    """
    if _NAME not in head.lower():
        return []
    own = own_id.lower()
    return [
        (field.start, field.end)
        for field in fields(head)
        if field.name.lower() == _NAME and _claims(head[field.body_start : field.body_end], own)
    ]


def _claims(body: bytes, own: str) -> bool:
    try:
        return authserv_id(body).lower() == own
    except InvalidAuthenticationResults:
        return own.encode() in body.lower()
