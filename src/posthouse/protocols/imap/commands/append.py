"""APPEND, whose message literals are passed on in pieces and never gathered (RFC 9051 §6.3.12, RFC 3502, 4469, RFC 6855 §4).

An APPEND is read in turns: the text up to the announcement of a message literal, the literal itself (which ``connection.py``
streams), then the text up to the next one, or the end of the command.
"""

import datetime as dt
import re
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.commands.replace import Replace, replaced
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cat_part import catenate
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.date import date_time, serialise_date_time
from posthouse.protocols.imap.grammar.flag import flag_list, serialise_flag_list
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets

_VERB: Final = re.compile(rb"[^ ]+ (?i:APPEND|(?:(UID) )?(REPLACE))(?= )")
_END: Final = re.compile(rb"[ \r\n]*+\Z")
_ANNOUNCEMENT: Final = re.compile(rb"(~?)\{(\d{1,19})(\+?)\}\r?\n")


class AppendMessage(msgspec.Struct, frozen=True):
    """What is said of one message before its octets: flags, date, size, and how the literal comes.

    ``is_utf8`` and ``is_binary`` are the forms ``UTF8 (~{…}`` and ``~{…}``; ``is_synchronising``: the client waits for leave.
    ``is_catenated``: the message is put together from parts, whose sizes are told one by one.
    """

    size_octets: int
    flags: tuple[str, ...] = ()
    internal_date: dt.datetime | None = None
    is_binary: bool = False
    is_utf8: bool = False
    is_synchronising: bool = True
    is_catenated: bool = False


class Append(msgspec.Struct, frozen=True):
    """APPEND to ``mailbox``; its messages follow one by one."""

    mailbox: str


def is_append(octets: bytes) -> bool:
    """Whether ``octets``, from the tag on, begin an APPEND, or a REPLACE, which is read in the same turns."""
    return _VERB.match(octets) is not None


def append_start(cursor: Cursor) -> tuple[Append | Replace, AppendMessage] | None:
    """Read an APPEND or a REPLACE from its tag to the end of the announcement of its first message, or to the message's first part.

    Returns: None when the literal announced is the mailbox name.
    Raises: SyntaxViolation.
    """
    verb = _VERB.match(cursor.octets)
    if verb is None:
        raise SyntaxViolation("not an APPEND")
    cursor.position = verb.end()
    message = replaced(cursor) if verb[2] else None
    if _ANNOUNCEMENT.fullmatch(cursor.octets, cursor.position + 1):
        return None
    mailbox = mailbox_argument(cursor)
    command = Append(mailbox) if message is None else Replace(message, mailbox, bool(verb[1]))
    return command, append_message(cursor)


def append_message(cursor: Cursor) -> AppendMessage:
    """``append-message = [SP flag-list] [SP date-time] SP append-data``, to the end of the announcement or to the first part."""
    cursor.space()
    flags: tuple[str, ...] = ()
    moment = None
    if cursor.peek(b"("):
        flags = flag_list(cursor)
        cursor.space()
    if cursor.peek(b'"'):
        moment = date_time(cursor)
        cursor.space()
    if catenate(cursor):
        return AppendMessage(0, flags, moment, is_synchronising=False, is_catenated=True)
    is_utf8 = _utf8_data(cursor)
    match = _ANNOUNCEMENT.fullmatch(cursor.octets, cursor.position)
    if match is None or (is_utf8 and not match[1]) or int(match[2]) > NUMBER64_MAXIMUM:
        raise cursor.violation("the message literal is missing")
    cursor.position = match.end()
    return AppendMessage(int(match[2]), flags, moment, bool(match[1]), is_utf8, not match[3])


def append_next(cursor: Cursor, *, after_utf8: bool) -> AppendMessage | None:
    """Read what follows a message: the announcement of the next one, or None at the end of the command.

    ``after_utf8``: the message before was in the form ``UTF8 (~{…}…)``, whose parenthesis is still open.
    Raises: SyntaxViolation.
    """
    if after_utf8:
        cursor.expect(b")", "a closing parenthesis is missing")
    if _END.match(cursor.octets, cursor.position):
        return None
    return append_message(cursor)


def _utf8_data(cursor: Cursor) -> bool:
    """Step over the start of ``"UTF8" SP "(" literal8 ")"`` if it comes next (RFC 6855 §4)."""
    if cursor.octets[cursor.position : cursor.position + 6].upper() != b"UTF8 (":
        return False
    cursor.position += 6
    return True


def serialise_append(value: Append, *, utf8: bool) -> bytes:
    """Write the arguments of APPEND up to its first message."""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8)


def serialise_append_message(value: AppendMessage) -> bytes:
    """Write what stands before the octets of a message, after which ``)`` must follow where ``is_utf8``, or before its parts."""
    flags = b" " + serialise_flag_list(value.flags) if value.flags else b""
    moment = b" " + serialise_date_time(value.internal_date) if value.internal_date else b""
    if value.is_catenated:
        return b"%b%b CATENATE (" % (flags, moment)
    data = b" UTF8 (" if value.is_utf8 else b" "
    mark = b"~" if value.is_binary else b""
    plus = b"" if value.is_synchronising else b"+"
    return b"%b%b%b%b{%d%b}\r\n" % (flags, moment, data, mark, value.size_octets, plus)
