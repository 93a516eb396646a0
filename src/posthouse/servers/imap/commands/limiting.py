"""MESSAGELIMIT (RFC 9738): how many messages one command may be about. The newest are dealt with; a client goes on below them."""

from typing import Final, NamedTuple

from posthouse.model.settings.programs import IMAP_MESSAGE_LIMIT
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.session import Session

LEFT_OUT: Final = "Older messages were left out"


class Limited(NamedTuple):
    """Messages that a command is about."""

    uids: list[int]
    code: bytes = b""
    """What the answer must carry where there were more."""


def limited(session: Session, uids: list[int]) -> Limited:
    """Keep the newest of messages, given ascending, as many as may be dealt with at once (RFC 9738 §3.1)."""
    limit = session.house.settings[IMAP_MESSAGE_LIMIT]
    if not limit or len(uids) <= limit:
        return Limited(uids)
    kept = uids[-limit:]
    return Limited(kept, codes.message_limit(limit, kept[0]))


def require_few(session: Session, count: int) -> None:
    """What is done to all messages or to none is refused for too many. Raises: No, code MESSAGELIMIT."""
    limit = session.house.settings[IMAP_MESSAGE_LIMIT]
    if limit and count > limit:
        raise No("Too many messages at once, try fewer", codes.message_limit(limit))


def done(session: Session, text: str, code: bytes, limit_code: bytes) -> Done:
    """End a command: an answer has one code, so another one that must be there goes first, in a line of its own."""
    if code and limit_code:
        session.write(untagged_ok(session.modes.say(LEFT_OUT), limit_code))
        return Done(text, code)
    return Done(text, code or limit_code)
