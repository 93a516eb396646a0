"""RFC 5321 Mailbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES

from posthouse.formats.address.mailbox import MAILBOX_OCTETS, InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address


@given(ADDRESSES)
@settings(max_examples=60)
def test_what_is_formatted_comes_back(address: Address) -> None:
    assert parse_mailbox(format_mailbox(address)) == address
    assert parse_mailbox(format_mailbox(address).encode()) == address


@given(st.text(st.sampled_from('ab@."\\[]:<> ä\x00\u2028-'), max_size=20) | st.text(max_size=20) | st.binary(max_size=20))
@settings(max_examples=150)
def test_anything_is_an_address_or_refused(text: str | bytes) -> None:
    try:
        address = parse_mailbox(text)
    except InvalidMailbox:
        return
    assert parse_mailbox(format_mailbox(address)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@b.example", Address("a", "b.example")),
        ("A.b+c@B.example", Address("A.b+c", "B.example")),
        ('"a b"@c', Address("a b", "c")),
        ('"a\\"\\\\@b"@c', Address('a"\\@b', "c")),
        ('""@c', Address("", "c")),
        ("a..b.@docomo.ne.jp", Address("a..b.", "docomo.ne.jp")),
        ("用户@例子.广告", Address("用户", "例子.广告")),
        ("a@[192.0.2.1]", Address("a", "[192.0.2.1]")),
        ("a@[IPv6:::1]", Address("a", "[IPv6:::1]")),
        ("a" * 100 + "@b", Address("a" * 100, "b")),
        (b"gr\xc3\xbc\xc3\x9f@b", Address("grüß", "b")),
    ],
)
def test_mailboxes(text: str | bytes, address: Address) -> None:
    assert parse_mailbox(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b", "a@", "a b@c", "a@b c", " a@b", "a@b ", "<a@b>", '"a@b', '"a"b@c', "a@b@c", "a@b..c", "a@.b", "a@-b", "a@b-",
     "a@[1.2.3]", "a@[1.2.3.4", "a\r\n@b", '"a\r\n"@b', "a@b\n", "a\x00@b", b"\xff@b", "a@" + "b" * 64, "a@" + "b." * 130 + "c",
     "a" * MAILBOX_OCTETS + "@b", "a\u2028@b", "\ud800@b"],
)  # fmt: skip
def test_refusals(text: str | bytes) -> None:
    with pytest.raises(InvalidMailbox):
        parse_mailbox(text)


def test_postmaster_is_written_bare() -> None:
    assert format_mailbox(Address("Postmaster", "")) == "Postmaster"


def test_odd_dots_are_quoted() -> None:
    assert format_mailbox(Address("a..b", "c")) == '"a..b"@c'
