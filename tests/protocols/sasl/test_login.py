"""LOGIN: prompted and unprompted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.sasl.login import LoginClient, LoginServer
from posthouse.protocols.sasl.plain import FIELD_OCTETS
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure

FIELD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(FIELD, FIELD)
def test_server_understands_client(authcid: str, password: str) -> None:
    client, server = LoginClient(Credentials(authcid, password)), LoginServer()
    assert client.start() is None
    step = server.start(None)
    for prompt in (b"Username:", b"Password:"):
        assert step == Challenge(prompt)
        step = server.respond(client.respond(prompt) or b"")
    assert step == Credentials(authcid, password)
    assert client.respond(b"Anything else?") is None


def test_user_name_may_come_with_the_command() -> None:
    server = LoginServer()
    assert server.start(b"tim") == Challenge(b"Password:")
    assert server.respond(b"secret") == Credentials("tim", "secret")


@pytest.mark.parametrize("octets", [b"", b"\xff", b"a\0b", b"x" * (FIELD_OCTETS + 1)])
def test_refuses_malformed(octets: bytes) -> None:
    assert isinstance(LoginServer().start(octets), Failure)
    server = LoginServer()
    server.start(b"tim")
    assert isinstance(server.respond(octets), Failure)
