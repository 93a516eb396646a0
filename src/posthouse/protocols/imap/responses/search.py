"""SEARCH and ESEARCH responses (RFC 3501 §7.2.5, RFC 9051 §7.3.4, RFC 4731)."""

from collections.abc import Collection, Sequence

from posthouse.protocols.imap.commands.search.command import SearchReturn
from posthouse.protocols.imap.grammar.strings import string_octets
from posthouse.protocols.imap.responses.sequence_set import compact


def search(numbers: Sequence[int]) -> bytes:
    """``* SEARCH 2 84 882``."""
    return b"* SEARCH%b\r\n" % b"".join([b" %d" % number for number in numbers])


def esearch(tag: bytes, numbers: Sequence[int], returns: Collection[SearchReturn], *, uid: bool) -> bytes:
    """``* ESEARCH (TAG "a1") UID COUNT 2 ALL 7,9``; MIN, MAX and ALL are left out where nothing was found."""
    items = [b"* ESEARCH (TAG %b)" % string_octets(tag)]
    if uid:
        items.append(b"UID")
    if numbers and SearchReturn.MIN in returns:
        items.append(b"MIN %d" % numbers[0])
    if numbers and SearchReturn.MAX in returns:
        items.append(b"MAX %d" % numbers[-1])
    if numbers and SearchReturn.ALL in returns:
        items.append(b"ALL " + compact(numbers))
    if SearchReturn.COUNT in returns:
        items.append(b"COUNT %d" % len(numbers))
    return b" ".join(items) + b"\r\n"
