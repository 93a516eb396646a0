"""Address lists as they come."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES
from tests.support.corpus.hostile import CORPUS

from posthouse.formats.address.address_list import (
    GROUP_END,
    EnvelopeAddress,
    NamedAddress,
    address_list,
    envelope_addresses,
    format_address_list,
)
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import fields, unfold
from posthouse.foundation.limits import ADDRESSES as MOST_ADDRESSES

_NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12) | st.sampled_from(
    ["Smith, John", 'a "b" \\c', "张 三", "a@b", "(x)"]
)
_NAMED = st.builds(NamedAddress, _NAMES, ADDRESSES, st.none())


@given(st.lists(_NAMED, max_size=5), st.integers(0, 20))
@settings(max_examples=50)
def test_what_is_formatted_comes_back(entries: list[NamedAddress], used: int) -> None:
    assert address_list(unfold(format_address_list(entries, used=used))) == entries


@given(st.lists(st.tuples(st.sampled_from([None, "A", "B c"]), _NAMED), max_size=6))
@settings(max_examples=50)
def test_groups_come_back(drawn: list[tuple[str | None, NamedAddress]]) -> None:
    entries = [entry._replace(group=group) for group, entry in drawn]
    assert address_list(unfold(format_address_list(entries))) == entries


_PIECES = [
    b"a",
    b"b.c",
    b"@",
    b",",
    b";",
    b":",
    b"<",
    b">",
    b"(",
    b")",
    b'"',
    b"\\",
    b" ",
    b"=?utf-8?q?a,b?=",
    b"[1]",
    b".",
    b"\xe4",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map(b"".join))
@settings(max_examples=200)
def test_anything_gives_balanced_groups(body: bytes) -> None:
    depth = 0
    for entry in envelope_addresses(body):
        if entry.host is None:
            depth += -1 if entry.mailbox is None else 1
            assert depth in (0, 1)
        else:
            assert entry.mailbox is not None
    assert depth == 0
    for named in address_list(body):
        assert named.address.local_part


def plain(name: bytes | None, mailbox: bytes, host: bytes) -> EnvelopeAddress:
    return EnvelopeAddress(name, None, mailbox, host)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"a@b.c", [plain(None, b"a", b"b.c")]),
        (b"John Q. Public <john@b.c>", [plain(b"John Q. Public", b"john", b"b.c")]),
        (b'"Smith, J\\"" <s@x>', [plain(b'Smith, J"', b"s", b"x")]),
        (b"Group one: a@b, C <c@d>;, e@f", [
            EnvelopeAddress(None, None, b"Group one", None), plain(None, b"a", b"b"), plain(b"C", b"c", b"d"), GROUP_END,
            plain(None, b"e", b"f"),
        ]),
        (b"undisclosed-recipients:;", [EnvelopeAddress(None, None, b"undisclosed-recipients", None), GROUP_END]),
        (b"never closed: a@b", [EnvelopeAddress(None, None, b"never closed", None), plain(None, b"a", b"b"), GROUP_END]),
        (b"<@a,@b:c@d>", [EnvelopeAddress(None, b"@a,@b", b"c", b"d")]),
        (b"a@b (The Name)", [plain(b"The Name", b"a", b"b")]),
        (b"Name (comment) <a@b>", [plain(b"Name", b"a", b"b")]),
        (b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [plain(b"Pete", b"pete", b"silly.test")]),
        (b"a . b @ c . d", [plain(None, b"a.b", b"c.d")]),
        (b'"a b"@c', [plain(None, b"a b", b"c")]),
        (b"a@[192.0.2.1]", [plain(None, b"a", b"[192.0.2.1]")]),
        (b"a@b <a@b>", [plain(b"a@b", b"a", b"b")]),
        (b"=?utf-8?Q?Smith,_J?= <a@b>", [plain(b"=?utf-8?Q?Smith,_J?=", b"a", b"b")]),
        (b"Jo Doe jo@x", [plain(b"Jo Doe", b"jo", b"x")]),
        (b"MAILER-DAEMON", [plain(None, b"MAILER-DAEMON", b"")]),
        (b"no address here", [plain(b"no address here", b"", b"")]),
        (b"<>", [plain(None, b"", b"")]),
        (b"<a@b, c@d", [plain(None, b"a", b"b"), plain(None, b"c", b"d")]),
        (b'"unclosed <a@b>', [plain(b"unclosed", b"a", b"b")]),
        (b"((unclosed a@b", [plain(b"unclosed", b"a", b"b")]),
        (b",, ,a@b,,", [plain(None, b"a", b"b")]),
        (b"<<a@b>>", [plain(None, b"a", b"b")]),
        (b"\xc4\xe3 <a@b>", [plain(b"\xc4\xe3", b"a", b"b")]),
        (b"", []),
    ],
)  # fmt: skip
def test_envelope(body: bytes, found: list[EnvelopeAddress]) -> None:
    assert envelope_addresses(body) == found


def test_names_are_decoded() -> None:
    body = "=?gb2312?B?xOO6ww==?= <a@b>, Grüße <c@d>, 用户@例子".encode()
    assert address_list(body) == [
        NamedAddress("你好", Address("a", "b")),
        NamedAddress("Grüße", Address("c", "d")),
        NamedAddress("", Address("用户", "例子")),
    ]


def test_long_lists_are_folded() -> None:
    octets = format_address_list([NamedAddress("", Address(f"recipient{n}", "example.com")) for n in range(20)], used=4)
    assert all(len(line) <= 76 for line in octets.split(b"\r\n"))


def test_bounded() -> None:
    assert len(envelope_addresses(b"a@b," * 100_000)) <= MOST_ADDRESSES + 1
    octets = CORPUS["comment_bomb"]()
    for field in fields(octets):
        assert len(envelope_addresses(octets[field.body_start : field.body_end])) <= MOST_ADDRESSES + 1
