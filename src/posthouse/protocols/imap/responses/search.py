"""SEARCH SORT THREAD ESEARCH responses (RFC 3501 §7.2.5, RFC 5256 §4, RFC 9051 §7.3.4, RFC 4731, 5267, 6203, 7162, 7377, 9394)."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.partial_range import PartialRange, serialise_partial_range
from posthouse.protocols.imap.grammar.strings import string_octets
from posthouse.protocols.imap.responses.sequence_set import compact

PORTION: Final = 8_192
"""Numbers written at once: others may have a turn in between."""


class Correlator(msgspec.Struct, frozen=True):
    """``search-correlator``: which command is answered, and about which mailbox where that is not the selected one."""

    tag: bytes
    mailbox: tuple[str, int] | None = None
    """Name and UIDVALIDITY."""
    utf8: bool = False


class Result(msgspec.Struct, frozen=True):
    """Messages found, by number or by UID, in the order in which they are told."""

    numbers: Sequence[int]
    is_sorted: bool = False
    """Whether the order is that of SORT; else the numbers ascend."""
    mod_sequence: int | None = None
    """The highest of those found, where it was asked for (RFC 7162 §3.1.6)."""
    relevancies: Sequence[int] = ()
    """1 to 100 for each, where that was asked for."""


def search(result: Result) -> Iterator[bytes]:
    """``* SEARCH 2 84 882 (MODSEQ 917162500)``, in portions."""
    return _listed(b"* SEARCH", result)


def sort(result: Result) -> Iterator[bytes]:
    """``* SORT 5 3 4 1 2``, in portions."""
    return _listed(b"* SORT", result)


def thread(threads: bytes) -> bytes:
    """``* THREAD (2)(3 6 (4 23)(44 7 96))``: all threads in one, each with its parentheses."""
    return b"* THREAD %b\r\n" % threads if threads else b"* THREAD\r\n"


def esearch(
    correlator: Correlator, result: Result, options: Collection[SearchReturn], partial: PartialRange | None = None, *, uid: bool
) -> bytes:
    """``* ESEARCH (TAG "a1") UID COUNT 2 ALL 7,9``; MIN, MAX and ALL are left out where nothing was found."""
    numbers = result.numbers
    items = [_head(correlator, uid=uid)]
    if numbers and SearchReturn.MIN in options:
        items.append(b"MIN %d" % numbers[0])
    if numbers and SearchReturn.MAX in options:
        items.append(b"MAX %d" % numbers[-1])
    if numbers and SearchReturn.ALL in options:
        items.append(b"ALL " + _set(numbers, result))
    if SearchReturn.COUNT in options:
        items.append(b"COUNT %d" % len(numbers))
    if partial is not None:
        some = numbers[partial.slice(len(numbers))]
        items.append(b"PARTIAL (%b %b)" % (serialise_partial_range(partial), _set(some, result) or b"NIL"))
    if numbers and SearchReturn.RELEVANCY in options:
        items.append(b"RELEVANCY (%b)" % b" ".join([b"%d" % value for value in result.relevancies]))
    if numbers and result.mod_sequence is not None:
        items.append(b"MODSEQ %d" % result.mod_sequence)
    return b" ".join(items) + b"\r\n"


class Update(msgspec.Struct, frozen=True):
    """One change to a result that the client keeps (RFC 5267 §4.3)."""

    position: int
    """Place, from 1, of the first of ``numbers`` in a sorted result; 0 where the order is that of the numbers."""
    numbers: Sequence[int]
    is_removal: bool = False


def updates(tag: bytes, changes: Sequence[Update], *, uid: bool) -> bytes:
    """``* ESEARCH (TAG "B01") UID REMOVEFROM (0 32768) ADDTO (0 33000)``, to be carried out in this order; none give nothing."""
    if not changes:
        return b""
    words = [
        b"%b (%d %b)" % (b"REMOVEFROM" if change.is_removal else b"ADDTO", change.position, runs(change.numbers))
        for change in changes
    ]
    return b"%b %b\r\n" % (_head(Correlator(tag), uid=uid), b" ".join(words))


def runs(numbers: Sequence[int]) -> bytes:
    """Write numbers in the order they stand in, ranges only where they ascend one by one (RFC 5267 §3.2)."""
    written: list[bytes] = []
    start = last = -1
    for number in numbers:
        if number != last + 1 or last < 0:
            if last >= 0:
                written.append(b"%d:%d" % (start, last) if start != last else b"%d" % start)
            start = number
        last = number
    if last >= 0:
        written.append(b"%d:%d" % (start, last) if start != last else b"%d" % start)
    return b",".join(written)


def _set(numbers: Sequence[int], result: Result) -> bytes:
    return runs(numbers) if result.is_sorted else compact(numbers)


def _head(correlator: Correlator, *, uid: bool) -> bytes:
    words = [b"TAG " + string_octets(correlator.tag)]
    if correlator.mailbox is not None:
        name, uid_validity = correlator.mailbox
        words.append(b"MAILBOX %b UIDVALIDITY %d" % (mailbox_octets(name, utf8=correlator.utf8), uid_validity))
    return b"* ESEARCH (%b)%b" % (b" ".join(words), b" UID" if uid else b"")


def _listed(word: bytes, result: Result) -> Iterator[bytes]:
    """All in one line: the numbers, and the modification sequence where something was found."""
    yield word
    for start in range(0, len(result.numbers), PORTION):
        yield b" " + _spaced(result.numbers[start : start + PORTION])
    yield b" (MODSEQ %d)\r\n" % result.mod_sequence if result.numbers and result.mod_sequence is not None else b"\r\n"


def _spaced(numbers: Sequence[int]) -> bytes:
    """Write numbers with blanks between them; Python writes a list of numbers faster than anything writes them one by one."""
    return str([*numbers])[1:-1].replace(",", "").encode("ascii")
