"""FETCH responses: the text of each item, and of the line that joins them (RFC 9051 §7.5.2).

Lists of tens of thousands of messages are made of these, so they do nothing but format; what repeats is remembered.
"""

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Final

from posthouse.protocols.imap.grammar.date import MONTHS
from posthouse.protocols.imap.grammar.section import Section, serialise_section
from posthouse.protocols.imap.grammar.strings import literal_octets

_DAY_SECONDS: Final = 86_400
_EPOCH = dt.date(1970, 1, 1)
_FIRST_DAY = (dt.date.min - _EPOCH).days
_LAST_DAY = (dt.date.max - _EPOCH).days


def fetch(number: int, items: Sequence[bytes]) -> bytes:
    """``* n FETCH (item item)``."""
    return b"* %d FETCH (%b)\r\n" % (number, b" ".join(items))


def uid_fetch(uid: int, items: Sequence[bytes]) -> bytes:
    """``* u UIDFETCH (item item)``: what stands in place of FETCH where there are no message numbers (RFC 9586 §3.3)."""
    return b"* %d UIDFETCH (%b)\r\n" % (uid, b" ".join(items))


def mod_sequence(value: int) -> bytes:
    """``MODSEQ (n)`` (RFC 7162 §3.1.4.2)."""
    return b"MODSEQ (%d)" % value


def save_date(seconds: float | None) -> bytes:
    """``SAVEDATE "17-Jul-1996 02:44:25 +0000"``, or NIL (RFC 8514 §4.3)."""
    return b"SAVEDATE NIL" if seconds is None else b"SAVEDATE " + _date_time(seconds)


def uid(value: int) -> bytes:
    """``UID n``."""
    return b"UID %d" % value


def flags(names: Sequence[bytes]) -> bytes:
    r"""``FLAGS (\Seen …)``."""
    return b"FLAGS (%b)" % b" ".join(names)


def size(octets: int) -> bytes:
    """``RFC822.SIZE n``."""
    return b"RFC822.SIZE %d" % octets


def internal_date(seconds: float) -> bytes:
    """``INTERNALDATE "17-Jul-1996 02:44:25 +0000"``; ``seconds`` since 1970, shown in UTC and kept within the calendar."""
    return b"INTERNALDATE " + _date_time(seconds)


def _date_time(seconds: float) -> bytes:
    """``date-time`` in UTC, quoted."""
    day, second = divmod(int(seconds // 1), _DAY_SECONDS)
    hour, minute = divmod(second // 60, 60)
    return b'"%b %02d:%02d:%02d +0000"' % (_day(day), hour, minute, second % 60)


@functools.lru_cache(4096)
def _day(number: int) -> bytes:
    """``date-day-fixed "-" date-month "-" date-year`` of a day since 1970."""
    day = _EPOCH + dt.timedelta(days=min(max(number, _FIRST_DAY), _LAST_DAY))
    return b"%2d-%b-%04d" % (day.day, MONTHS[day.month - 1], day.year)


def rendered(name: bytes, text: bytes) -> bytes:
    """``ENVELOPE (…)``, ``BODYSTRUCTURE (…)``: an item whose text was made at delivery."""
    return name + b" " + text


def body_section(section: Section, offset: int | None, octets: bytes | None) -> bytes:
    """``BODY[section]<offset> {n} …``; None: there is no such part."""
    return _data(b"BODY" + serialise_section(section), offset, octets)


def binary_section(part: tuple[int, ...], offset: int | None, octets: bytes | None) -> bytes:
    """``BINARY[part]<offset> ~{n} …``: literal8 where there is a NUL (RFC 3516 §4.2)."""
    name = b"BINARY" + serialise_section(Section(part))
    if octets is not None and b"\x00" in octets:
        return b"%b%b ~{%d}\r\n%b" % (name, _origin(offset), len(octets), octets)
    return _data(name, offset, octets)


def binary_size(part: tuple[int, ...], octets: int) -> bytes:
    """``BINARY.SIZE[part] n``."""
    return b"BINARY.SIZE%b %d" % (serialise_section(Section(part)), octets)


def whole(name: bytes, octets: bytes) -> bytes:
    """``RFC822 {n} …`` and its like (RFC 3501 §7.4.2)."""
    return _data(name, None, octets)


def _data(name: bytes, offset: int | None, octets: bytes | None) -> bytes:
    return b"%b%b %b" % (name, _origin(offset), b"NIL" if octets is None else literal_octets(octets))


def _origin(offset: int | None) -> bytes:
    return b"" if offset is None else b"<%d>" % offset
