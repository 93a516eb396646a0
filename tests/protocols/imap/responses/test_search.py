"""What was found, as it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.grammar.partial_range import PartialRange
from posthouse.protocols.imap.responses.search import (
    PORTION,
    Correlator,
    Result,
    Update,
    esearch,
    runs,
    search,
    sort,
    thread,
    updates,
)

TAG = Correlator(b"a1")
EVERYTHING = {SearchReturn.MIN, SearchReturn.MAX, SearchReturn.COUNT, SearchReturn.ALL}


def test_numbers_in_a_line() -> None:
    assert b"".join(search(Result([2, 84, 882]))) == b"* SEARCH 2 84 882\r\n"
    assert b"".join(search(Result([2], mod_sequence=917162500))) == b"* SEARCH 2 (MODSEQ 917162500)\r\n"
    assert b"".join(search(Result([], mod_sequence=7))) == b"* SEARCH\r\n"
    assert b"".join(sort(Result([5, 3, 4], is_sorted=True))) == b"* SORT 5 3 4\r\n"
    many = range(1, 2 * PORTION + 3)
    assert b"".join(search(Result(many))) == b"* SEARCH " + b" ".join([b"%d" % number for number in many]) + b"\r\n"
    assert thread(b"(2)(3 6)") == b"* THREAD (2)(3 6)\r\n"
    assert thread(b"") == b"* THREAD\r\n"


def test_results_by_name() -> None:
    expected = b'* ESEARCH (TAG "a1") UID MIN 1 MAX 5 ALL 1:3,5 COUNT 4\r\n'
    assert esearch(TAG, Result([1, 2, 3, 5]), EVERYTHING, uid=True) == expected
    assert esearch(TAG, Result([]), EVERYTHING, uid=False) == b'* ESEARCH (TAG "a1") COUNT 0\r\n'
    more = Result([3, 1], is_sorted=True, mod_sequence=9, relevancies=[99, 4])
    options = {SearchReturn.ALL, SearchReturn.RELEVANCY}
    assert esearch(TAG, more, options, uid=False) == b'* ESEARCH (TAG "a1") ALL 3,1 RELEVANCY (99 4) MODSEQ 9\r\n'


def test_results_of_another_mailbox() -> None:
    correlator = Correlator(b"t", ("Ü", 7), utf8=False)
    expected = b'* ESEARCH (TAG "t" MAILBOX &ANw- UIDVALIDITY 7) UID ALL 4\r\n'
    assert esearch(correlator, Result([4]), {SearchReturn.ALL}, uid=True) == expected


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (PartialRange(1, 2), b"(1:2 11:12)"),
        (PartialRange(3, 2), b"(3:2 12:13)"),
        (PartialRange(-1, -2), b"(-1:-2 19:20)"),
        (PartialRange(-100, -9), b"(-100:-9 11:12)"),
        (PartialRange(9, 100), b"(9:100 19:20)"),
        (PartialRange(11, 100), b"(11:100 NIL)"),
        (PartialRange(-11, -100), b"(-11:-100 NIL)"),
    ],
)
def test_a_part_of_the_result(wanted: PartialRange, text: bytes) -> None:
    found = Result(range(11, 21))
    assert esearch(TAG, found, (), wanted, uid=False) == b'* ESEARCH (TAG "a1") PARTIAL ' + text + b"\r\n"


@given(st.integers(1, 30), st.integers(1, 30), st.booleans(), st.integers(0, 20))
def test_ranges_name_places_from_either_end(first: int, last: int, is_from_end: bool, count: int) -> None:
    sign = -1 if is_from_end else 1
    places = list(range(count))
    wanted = [place for place in places if first <= (count - place if is_from_end else place + 1) <= last]
    assert first > last or places[PartialRange(sign * first, sign * last).slice(count)] == wanted
    assert PartialRange(sign * first, sign * last).slice(count) == PartialRange(sign * last, sign * first).slice(count)


def test_updates() -> None:
    changes = [Update(0, [32768], is_removal=True), Update(1, [2733, 2731, 2732])]
    assert updates(b"B01", changes, uid=True) == b'* ESEARCH (TAG "B01") UID REMOVEFROM (0 32768) ADDTO (1 2733,2731:2732)\r\n'
    assert updates(b"B01", [], uid=True) == b""


@given(st.lists(st.integers(1, 12), unique=True))
def test_runs_keep_the_order(numbers: list[int]) -> None:
    read: list[int] = []
    for part in runs(numbers).decode().split(","):
        low, _, high = part.partition(":")
        read += range(int(low), int(high or low) + 1) if part else []
    assert read == numbers
