"""PLAIN: the examples of RFC 4616 §4, every pair of names and passwords, and whatever is not PLAIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.sasl.plain import FIELD_OCTETS, PlainClient, PlainServer
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure

FIELD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60)


def test_examples_of_the_rfc() -> None:
    assert PlainServer().start(b"\0tim\0tanstaaftanstaaf") == Credentials("tim", "tanstaaftanstaaf")
    assert PlainServer().start(b"Ursel\0Kurt\0xipj3plmq") == Credentials("Kurt", "xipj3plmq", "Ursel")


@given(FIELD, FIELD, FIELD | st.just(""), st.booleans())
def test_server_understands_client(authcid: str, password: str, authzid: str, initial: bool) -> None:
    client, server = PlainClient(Credentials(authcid, password, authzid)), PlainServer()
    if initial:
        step = server.start(client.start())
    else:
        assert server.start(None) == Challenge(b"")
        step = server.respond(client.respond(b"") or b"")
    assert step == Credentials(authcid, password, authzid)
    assert client.respond(b"once more?") is None


@pytest.mark.parametrize(
    "message", [b"", b"\0", b"\0\0", b"tim\0pass", b"\0tim\0", b"\0\0pass", b"\0tim\0pa\0ss", b"\0t\xff\0pass"]
)
def test_refuses_malformed(message: bytes) -> None:
    assert isinstance(PlainServer().start(message), Failure)


@given(st.binary(max_size=40))
def test_anything_is_credentials_or_failure(message: bytes) -> None:
    assert isinstance(PlainServer().start(message), Credentials | Failure)


def test_refuses_too_long() -> None:
    assert isinstance(PlainServer().start(b"\0tim\0" + b"p" * FIELD_OCTETS), Credentials)
    assert isinstance(PlainServer().start(b"\0tim\0" + b"p" * (FIELD_OCTETS + 1)), Failure)


def test_client_refuses_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        PlainClient(Credentials("tim", "pa\0ss"))


def test_password_stays_out_of_repr() -> None:
    assert "secret" not in repr(Credentials("tim", "secret"))
