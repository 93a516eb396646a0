"""Both sides of QMTP together."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.qmtp.netstrings import netstring, split_netstrings
from posthouse.protocols.qmtp.package import Answer, InvalidAnswer, Kind, begin_package, end_package, parse_answer, write_answer
from posthouse.protocols.qmtp.server import Content, Envelope, Event, QmtpServer, Violation

ADDRESS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def received(server: QmtpServer, octets: bytes, size: int) -> tuple[bytes, list[Envelope]]:
    events: list[Event] = []
    for start in range(0, len(octets), size):
        events += server.receive_data(octets[start : start + size])
    content = b"".join(event.octets for event in events if isinstance(event, Content))
    return content, [event for event in events if isinstance(event, Envelope)]


@given(st.binary(max_size=60), ADDRESS, st.lists(ADDRESS, min_size=1, max_size=4), st.integers(1, 50))
def test_what_is_sent_arrives(message: bytes, sender: str, recipients: list[str], size: int) -> None:
    octets = begin_package(len(message)) + message + end_package(sender, recipients)
    server = QmtpServer(100)
    assert received(server, octets * 2, size) == (message * 2, [Envelope(sender, tuple(recipients))] * 2)
    assert server.is_between


def test_lines_that_end_in_lf() -> None:
    octets = netstring(b"\nSubject: x\n\nhello\n") + netstring(b"") + netstring(netstring(b"god@heaven.af.mil"))
    for size in (1, 7, 100):
        assert received(QmtpServer(100), octets, size) == (
            b"Subject: x\r\n\r\nhello\r\n",
            [Envelope("", ("god@heaven.af.mil",))],
        )


@given(st.binary(max_size=60) | st.text("0123456789:,\r\na", max_size=40).map(str.encode), st.integers(1, 9))
def test_any_octets_are_a_package_or_a_violation(octets: bytes, size: int) -> None:
    with contextlib.suppress(Violation):
        received(QmtpServer(50), octets, size)


@pytest.mark.parametrize(
    "octets",
    [
        b"0:,",
        b"2:ab,",
        b"200:\r",
        b"2:\rab",
        b"EHLO x\r\n",
        netstring(b"\r") + netstring(b"s") + netstring(b""),
        netstring(b"\r") + netstring(b"s") + netstring(b"1:a"),
        netstring(b"\r") + netstring(b"s" * 1_001),
        netstring(b"\r") + netstring(b"\xff") + netstring(netstring(b"a")),
    ],
)
def test_violations(octets: bytes) -> None:
    with pytest.raises(Violation):
        received(QmtpServer(100), octets, 1_000)


@given(st.builds(Answer, st.sampled_from(Kind), st.text(st.characters(exclude_categories=["Cs"]), max_size=50)))
def test_answers_round_trip(answer: Answer) -> None:
    (inner,) = split_netstrings(write_answer(answer))
    assert parse_answer(inner) == answer


def test_what_is_no_answer() -> None:
    for octets in (b"", b"Xyes", b"250 OK"):
        with pytest.raises(InvalidAnswer):
            parse_answer(octets)
