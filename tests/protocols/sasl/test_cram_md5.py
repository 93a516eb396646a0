"""CRAM-MD5 as a server speaks it: the example of RFC 2195 §2, every client of ours, and whatever is no response."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.md5 import hmac_states
from posthouse.protocols.sasl.cram_md5 import CramMd5Client, CramMd5Server
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Wanted

NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
PASSWORD = st.text("abcdefghij-", min_size=1, max_size=39)


def test_the_example_of_the_rfc() -> None:
    server = CramMd5Server("1896.697170952@postoffice.reston.mci.net")
    assert server.start(None) == Challenge(b"<1896.697170952@postoffice.reston.mci.net>")
    assert server.respond(b"tim b913a602c7eda7a495b4e6e7334d3890") == Wanted("tim", "cram-md5")
    assert server.supply(Secrets([hmac_states(b"tanstaaftanstaaf")])) == Proof(0, "tim")


@given(NAME, st.lists(PASSWORD, min_size=1, max_size=3, unique=True), st.data())
def test_the_digest_says_which_password_was_meant(authcid: str, passwords: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(passwords) - 1))
    client, server = CramMd5Client(Credentials(authcid, passwords[index])), CramMd5Server("abc")
    challenge = server.start(None)
    assert isinstance(challenge, Challenge)
    assert server.respond(client.respond(challenge.octets) or b"") == Wanted(authcid, "cram-md5")
    assert server.supply(Secrets([hmac_states(each.encode()) for each in passwords])) == Proof(index, authcid)


def test_a_wrong_password_is_none_of_them() -> None:
    server = CramMd5Server("abc")
    server.start(None)
    server.respond(b"tim " + hmac.new(b"wrong", b"<abc>", "md5").hexdigest().encode())
    assert server.supply(Secrets([hmac_states(b"right")])) == Proof(None, "tim")
    assert server.supply(Secrets([])) == Proof(None, "tim")


def test_the_server_speaks_first() -> None:
    assert isinstance(CramMd5Server("abc").start(b""), Failure)


@pytest.mark.parametrize(
    "response", [b"", b"tim", b"tim b913", b" " + b"a" * 32, b"t\xff " + b"a" * 32, b"t" * 1_025 + b" " + b"a" * 32]
)
def test_what_is_no_response(response: bytes) -> None:
    assert isinstance(CramMd5Server("abc").respond(response), Failure)


@given(st.binary(max_size=80))
def test_anything_is_a_response_or_none(response: bytes) -> None:
    assert isinstance(CramMd5Server("abc").respond(response), Wanted | Failure)
