"""ENVELOPE of tidy, sparse and hostile headers."""

from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_data import Data, parse_data

from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.projections.envelope import EMPTY, envelope

TIDY = b"""\
Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
From: Fred Foobar <foobar@Blurdybloop.example>
Subject: afternoon meeting
To: mooch@owatagu.example, "Two, Ltd." <two@owatagu.example>
Cc: list: a@b.example, c@d.example;
In-Reply-To: <1@x.example>
Message-Id: <B27397-0100000@Blurdybloop.example>

Hello
""".replace(b"\n", b"\r\n")


def _envelope(message: bytes) -> list[Data]:
    (found,) = parse_data(envelope(message, scan(message)))
    assert isinstance(found, list)
    return found


def test_a_tidy_header() -> None:
    fred: list[Data] = [[b"Fred Foobar", None, b"foobar", b"Blurdybloop.example"]]
    group: list[Data] = [
        [None, None, b"list", None],
        [None, None, b"a", b"b.example"],
        [None, None, b"c", b"d.example"],
        [None, None, None, None],
    ]
    assert _envelope(TIDY) == [
        b"Mon, 7 Feb 1994 21:52:25 -0800 (PST)",
        b"afternoon meeting",
        fred,
        fred,
        fred,
        [[None, None, b"mooch", b"owatagu.example"], [b"Two, Ltd.", None, b"two", b"owatagu.example"]],
        group,
        None,
        b"<1@x.example>",
        b"<B27397-0100000@Blurdybloop.example>",
    ]


def test_no_header_at_all() -> None:
    for message in (b"", b"\r\nbody", b"no header here\r\n"):
        assert envelope(message, scan(message)) == EMPTY


def test_sender_and_reply_to_of_their_own() -> None:
    found = _envelope(b"From: a@x\r\nSender: b@x\r\nReply-To: c@x\r\n\r\n")
    assert [found[index] for index in (2, 3, 4)] == [[[None, None, name, b"x"]] for name in (b"a", b"b", b"c")]


def test_raw_octets_go_into_literals() -> None:
    message = "Subject: grüße\r\nFrom: ö@x\r\n\r\n".encode()
    text = envelope(message, scan(message))
    assert "{7}\r\ngrüße".encode() in text
    assert _envelope(message)[1] == "grüße".encode()


def test_repeated_address_fields_are_one_list() -> None:
    assert _envelope(b"To: a@x\r\nSubject: 1\r\nTo: b@x\r\nSubject: 2\r\n\r\n")[5] == [
        [None, None, b"a", b"x"],
        [None, None, b"b", b"x"],
    ]


@given(st.binary(max_size=200))
def test_any_header_gives_ten_fields(octets: bytes) -> None:
    message = b"From: " + octets + b"\r\nTo: " + octets[::-1] + b"\r\nSubject: " + octets + b"\r\n\r\n"
    assert len(_envelope(message)) == 10


def test_a_thousand_addresses_are_enough() -> None:
    message = b"To: " + b", ".join([b"a@x"] * 20_000) + b"\r\n\r\n"
    addresses = _envelope(message)[5]
    assert isinstance(addresses, list)
    assert len(addresses) == 1000
