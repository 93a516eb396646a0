"""What must not be answered by a machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.replying.deciding import objection
from posthouse.formats.address.value import Address

EVE = Address("eve", "elsewhere.example")
OWN = frozenset({"alice@example.test", "sales@example.test"})
TO = b"To: Alice <alice@example.test>\r\n"


@pytest.mark.parametrize(
    "head",
    [
        TO,
        b"Cc: x@y.example, SALES@Example.TEST\r\n",
        b"To: alice+shop@example.test\r\n",
        b"Auto-Submitted: no\r\n" + TO,
        b"Precedence: first-class\r\n" + TO,
        b"Resent-To: alice@example.test\r\nTo: carol@elsewhere.example\r\n",
    ],
)
def test_a_person_is_answered(head: bytes) -> None:
    assert objection(head, EVE, OWN) == ""


@pytest.mark.parametrize(
    ("head", "sender", "why"),
    [
        (TO, None, "notification"),
        (TO, Address("MAILER-DAEMON", "x.example"), "program"),
        (TO, Address("owner-news", "x.example"), "program"),
        (TO, Address("news-request", "x.example"), "program"),
        (TO, Address("NoReply", "x.example"), "program"),
        (TO, Address("do-not-reply", "x.example"), "program"),
        (TO, Address("bounces+alice=example.test", "x.example"), "program"),
        (b"Auto-Submitted: auto-replied\r\n" + TO, EVE, "Auto-Submitted"),
        (b"Auto-Submitted: AUTO-generated; x=y\r\n" + TO, EVE, "Auto-Submitted"),
        (b"X-Auto-Response-Suppress: OOF\r\n" + TO, EVE, "no automatic replies"),
        (b"List-Id: <x.example>\r\n" + TO, EVE, "list"),
        (b"List-Unsubscribe: <mailto:x@x.example>\r\n" + TO, EVE, "list"),
        (b"Precedence: Bulk\r\n" + TO, EVE, "bulk"),
        (TO, Address("Alice", "example.test"), "same address"),
        (b"To: carol@elsewhere.example\r\n", EVE, "not addressed"),
        (b"", EVE, "not addressed"),
    ],
)
def test_others_are_not(head: bytes, sender: Address | None, why: str) -> None:
    assert why in objection(head, sender, OWN)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_anything_gives_a_sentence(head: bytes, local_part: str) -> None:
    assert isinstance(objection(head, Address(local_part, "x.example"), OWN), str)
