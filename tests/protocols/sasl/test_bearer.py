"""OAUTHBEARER and XOAUTH2: the examples of RFC 7628 §4 and of Google, every name and token, and whatever is neither."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sasl_examples import DISCOVERY, TOKEN, kept

from posthouse.protocols.sasl.bearer import TOKEN_OCTETS, BearerServer, OAuthBearerClient, XOAuth2Client
from posthouse.protocols.sasl.registry import SERVER_MECHANISMS, TOKEN_MECHANISMS
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Wanted

EXAMPLE = f"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer {TOKEN}\x01\x01".encode()
GOOGLES = b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
TOKENS = st.from_regex(r"[A-Za-z0-9._~+/-]{1,60}={0,2}", fullmatch=True)
NAMES = st.text(st.characters(exclude_characters="\0\x01", exclude_categories=["Cs"]), max_size=60)


def test_example_of_the_rfc() -> None:
    server = BearerServer("OAUTHBEARER")
    wanted = server.start(EXAMPLE)
    assert wanted == Wanted("user@example.com", "bearer", TOKEN)
    assert isinstance(wanted, Wanted)
    assert server.supply(kept(wanted)) == Proof(0, "user@example.com")
    assert TOKEN not in repr(wanted)


def test_example_of_google() -> None:
    wanted = BearerServer("XOAUTH2").start(GOOGLES)
    assert wanted == Wanted("someuser@example.com", "bearer", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")


@pytest.mark.parametrize("answer", [b"\x01", b"", b"anything"])
@pytest.mark.parametrize("discovery", [DISCOVERY, ""])
@pytest.mark.parametrize("name", TOKEN_MECHANISMS)
def test_a_token_that_does_not_count_is_explained_before_it_is_refused(name: str, discovery: str, answer: bytes) -> None:
    server = BearerServer(name)
    server.start(EXAMPLE if name == "OAUTHBEARER" else GOOGLES)
    step = server.supply(Secrets([], discovery=discovery))
    assert isinstance(step, Challenge)
    told = json.loads(step.octets)
    assert told["status"] == ("invalid_token" if name == "OAUTHBEARER" else "401")
    assert told.get("openid-configuration", "") == discovery
    refused = server.respond(answer)
    assert isinstance(refused, Proof)
    assert refused.number is None


def test_who_says_nothing_asks_where_to_get_a_token() -> None:
    assert BearerServer("OAUTHBEARER").start(b"n,,\x01\x01") == Wanted("", "bearer", "")


@given(st.sampled_from(sorted(TOKEN_MECHANISMS)), NAMES, TOKENS, st.booleans(), st.booleans())
def test_server_understands_client(name: str, authcid: str, token: str, initial: bool, counts: bool) -> None:
    client, server = TOKEN_MECHANISMS[name](Credentials(authcid, token)), SERVER_MECHANISMS[name]("", {})
    assert client.name == server.name == name
    if initial:
        step = server.start(client.start())
    else:
        assert server.start(None) == Challenge(b"")
        step = server.respond(client.respond(b"") or b"")
    assert step == Wanted(authcid, "bearer", token)
    step = server.supply(Secrets([b""] if counts else []))
    if not counts:
        assert isinstance(step, Challenge)
        step = server.respond(client.respond(step.octets) or b"")
        assert client.respond(b"once more?") is None
    assert step == Proof(0 if counts else None, authcid)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        b"n,,",
        b"n,,\x01",
        b"p=tls-exporter,,\x01auth=Bearer x\x01\x01",
        b"n,a=\x01,\x01auth=Bearer x\x01\x01",
        b"n,,\x01auth=Bearer x\x01",
        b"n,,\x01auth=Bearer x",
        b"n,,\x01auth=Basic x\x01\x01",
        b"n,,\x01auth=Bearer x y\x01\x01",
        b"n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01",
        b"n,,\x01auth\x01\x01",
        b"n,,\x01auth=Bearer x\x01\x01more",
        b"n,a=t\xff,\x01auth=Bearer x\x01\x01",
        b"n,a=" + b"t" * 1_025 + b",\x01auth=Bearer x\x01\x01",
        b"n,,\x01auth=Bearer " + b"x" * (TOKEN_OCTETS + 1) + b"\x01\x01",
    ],
)
def test_refuses_malformed(message: bytes) -> None:
    assert isinstance(BearerServer("OAUTHBEARER").start(message), Failure)
    assert isinstance(BearerServer("XOAUTH2").start(message), Failure)


def test_takes_long_tokens() -> None:
    token = "x" * TOKEN_OCTETS
    step = BearerServer("OAUTHBEARER").start(OAuthBearerClient(Credentials("tim", token)).start())
    assert step == Wanted("tim", "bearer", token)


@given(
    st.sampled_from(sorted(TOKEN_MECHANISMS)),
    st.binary(max_size=80) | st.binary(max_size=40).map(lambda octets: b"n,,\x01" + octets),
)
def test_anything_is_a_question_or_failure(name: str, message: bytes) -> None:
    assert isinstance(BearerServer(name).start(message), Wanted | Failure)


@pytest.mark.parametrize("client", [OAuthBearerClient, XOAuth2Client])
@pytest.mark.parametrize("token", ["", "pass word", "pa\x01ss", "geheim§"])
def test_client_refuses_what_is_no_token(client: type[OAuthBearerClient | XOAuth2Client], token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        client(Credentials("tim", token))


def test_client_of_xoauth2_refuses_names_it_cannot_carry() -> None:
    with pytest.raises(ValueError, match="name"):
        XOAuth2Client(Credentials("t\x01im", "x"))
