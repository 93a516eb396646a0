"""SCRAM as a server speaks it: the examples of RFC 5802 §5 and RFC 7677 §3, our client, and clients that break the rules."""

import base64
import hashlib
import hmac
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import sasl_examples

from posthouse.protocols.sasl.scram_client import ScramClient
from posthouse.protocols.sasl.scram_server import (
    HASHES,
    MESSAGE_OCTETS,
    InvalidMessage,
    ScramServer,
    client_first_message,
)
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Wanted

NAMES: Final = sorted(HASHES)
NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
ITERATIONS: Final = 16


def verifier(name: str, password: str, salt: bytes, iterations: int = ITERATIONS) -> bytes:
    return sasl_examples.verifier(HASHES[name], password, salt, iterations)


# client nonce, server nonce, salt, client-final, server-final
EXAMPLES: Final = {
    "SCRAM-SHA-1": (
        "fyko+d2lbbFgONRv9qkxdawL",
        "3rfcNHYJY1ZVvWVs7j",
        "QSXCR+Q6sek8bf92",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    "SCRAM-SHA-256": (
        "rOprNGfwEbeRWgbNEkqO",
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_the_rfcs(name: str) -> None:
    theirs, ours, salt, final, signature = EXAMPLES[name]
    server = ScramServer(name, ours)
    octets = base64.b64decode(salt)
    assert server.start(None) == Challenge(b"")
    assert server.respond(f"n,,n=user,r={theirs}".encode()) == Wanted("user", name.lower())
    secrets = Secrets([verifier(name, "pencil", octets, 4096)], octets, 4096)
    assert server.supply(secrets) == Challenge(f"r={theirs}{ours},s={salt},i=4096".encode())
    assert server.respond(final) == Challenge(signature)
    assert server.respond(b"") == Proof(0, "user")


@given(st.sampled_from(NAMES), NAME, st.lists(NAME, min_size=1, max_size=4, unique=True), st.data())
def test_the_proof_says_which_password_was_meant(name: str, authcid: str, passwords: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(passwords) - 1))
    client, server = ScramClient(name, Credentials(authcid, passwords[index]), "abc"), ScramServer(name, "def")
    assert server.start(client.start()) == Wanted(authcid, name.lower())
    first = server.supply(Secrets([verifier(name, each, b"salt") for each in passwords], b"salt", ITERATIONS))
    assert isinstance(first, Challenge)
    signed = server.respond(client.respond(first.octets) or b"")
    assert isinstance(signed, Challenge)
    assert client.respond(signed.octets) == b"", "and the client sees that we know it too"
    assert server.respond(b"") == Proof(index, authcid)


def begun(first: bytes = b"n,,n=user,r=abc") -> ScramServer:
    server = ScramServer("SCRAM-SHA-256", "def")
    assert isinstance(server.start(first), Wanted)
    server.supply(Secrets([verifier("SCRAM-SHA-256", "right", b"salt")], b"salt", ITERATIONS))
    return server


def final(password: str, header: bytes = b"n,,", bound: bytes | None = None, nonce: str = "abcdef") -> bytes:
    """A client's last message, made by hand."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", ITERATIONS)
    key = hmac.digest(salted, b"Client Key", "sha256")
    without = b"c=" + base64.b64encode(header if bound is None else bound) + f",r={nonce}".encode()
    message = b"n=user,r=abc," + f"r=abcdef,s={base64.b64encode(b'salt').decode()},i={ITERATIONS},".encode() + without
    mask = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    return without + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, mask, strict=True)))


def test_nobody_is_told_anything_for_a_wrong_password() -> None:
    assert begun().respond(final("wrong")) == Proof(None, "user")
    assert begun().respond(b"c=biws,r=abcdef,p=QUJD") == Proof(None, "user"), "a proof of another length"


def test_a_client_that_could_bind_and_sees_that_we_cannot_is_served() -> None:
    signed = begun(b"y,,n=user,r=abc").respond(final("right", b"y,,"))
    assert isinstance(signed, Challenge)
    assert signed.octets.startswith(b"v=")


@pytest.mark.parametrize(("said", "bound"), [(b"n,,", b"y,,"), (b"y,,", b"n,,"), (b"n,,", b"p=tls-exporter,,x"), (b"n,,", b"n,,x")])
def test_what_was_said_of_channel_binding_cannot_be_changed_on_the_way(said: bytes, bound: bytes) -> None:
    assert isinstance(begun(said + b"n=user,r=abc").respond(final("right", said, bound)), Failure)


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n,",
        b"n=user,r=abc",
        b"p=tls-unique,,n=user,r=abc",
        b"x,,n=user,r=abc",
        b"n,,m=must,n=user,r=abc",
        b"n,,n=,r=abc",
        b"n,,n=us=er,r=abc",
        b"n,,n=us,er,r=abc",
        b"n,,n=user,r=",
        b"n,,n=user,r=a c",
        b"n,,n=\xff,r=abc",
        b"n,,n=" + b"u" * 1_025 + b",r=abc",
        b"n,,n=user,r=" + b"a" * MESSAGE_OCTETS,
    ],
)
def test_first_messages_that_break_the_rules(first: bytes) -> None:
    assert isinstance(ScramServer("SCRAM-SHA-1", "def").start(first), Failure)


@pytest.mark.parametrize(
    "last",
    [b"", b"c=biws,r=abc,p=AAAA", b"c=biws,r=abcdeg,p=AAAA", b"c=!,r=abcdef,p=AAAA", b"c=biws,r=abcdef", b"c=biws,r=abcdef,p=A"],
)
def test_last_messages_that_break_the_rules(last: bytes) -> None:
    assert isinstance(begun().respond(last), Failure)


def test_the_order_is_kept() -> None:
    server = ScramServer("SCRAM-SHA-256", "def")
    assert isinstance(server.supply(Secrets(())), Failure), "nothing was wanted"
    assert isinstance(server.start(b"n,,n=user,r=abc"), Wanted)
    assert isinstance(server.respond(final("right")), Failure), "nothing was supplied"
    server = begun()
    assert isinstance(server.supply(Secrets(())), Failure), "it was supplied before"
    server.respond(final("right"))
    assert isinstance(server.respond(b"more"), Failure)


def test_names_and_extensions() -> None:
    taken = client_first_message(b"n,a=b=2Cb,n=a=3Da=2C,r=n!,x=more")
    assert (taken.header, taken.authcid, taken.authzid, taken.nonce) == ("n,a=b=2Cb,", "a=a,", "b,b", "n!")


@given(st.binary(max_size=60) | st.text("npy,=arm2C3Dxé", max_size=40).map(str.encode))
def test_anything_is_a_first_message_or_none(octets: bytes) -> None:
    try:
        taken = client_first_message(octets)
    except InvalidMessage:
        return
    assert (taken.header + taken.bare).encode() == octets


@given(st.binary(max_size=60) | st.text("crp=,abdefiws+/", max_size=60).map(str.encode))
def test_any_last_message_is_judged(octets: bytes) -> None:
    assert isinstance(begun().respond(octets), Failure | Proof)


BINDINGS: Final = {"tls-server-end-point": b"hash of a certificate"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("plus", "offered", "flag", "served"),
    [
        (True, True, "p=tls-server-end-point", True),
        (True, True, "p=tls-exporter", False),
        (True, True, "p=tls-unique", False),
        (True, True, "y", False),
        (True, True, "n", False),
        (False, True, "n", True),
        (False, True, "y", False),
        (False, True, "p=tls-server-end-point", False),
        (False, False, "y", True),
        (False, False, "n", True),
        (False, False, "p=tls-server-end-point", False),
    ],
)
def test_what_a_client_says_of_channel_binding(name: str, plus: bool, offered: bool, flag: str, served: bool) -> None:
    """The table of RFC 5802 §6: ``y`` where it is offered is somebody between who has taken it off the list."""
    server = ScramServer(name + "-PLUS" * plus, "def", BINDINGS if offered else {})
    step = server.start(f"{flag},,n=user,r=abc".encode())
    assert isinstance(step, Wanted if served else Failure)
    assert not served or step == Wanted("user", name.lower()), "the verifiers are the same"


@pytest.mark.parametrize("name", NAMES)
@given(st.binary(min_size=1, max_size=64), st.binary(max_size=64))
def test_a_proof_is_bound_to_its_connection(name: str, ours: bytes, theirs: bytes) -> None:
    server = ScramServer(f"{name}-PLUS", "def", {"tls-exporter": ours})
    client = ScramClient(f"{name}-PLUS", Credentials("user", "right"), "abc", ("tls-exporter", theirs))
    server.start(client.start())
    first = server.supply(Secrets([verifier(name, "right", b"salt")], b"salt", ITERATIONS))
    assert isinstance(first, Challenge)
    signed = server.respond(client.respond(first.octets) or b"")
    if ours != theirs:
        assert isinstance(signed, Failure)
        return
    assert isinstance(signed, Challenge)
    assert client.respond(signed.octets) == b""
    assert server.respond(b"") == Proof(0, "user")
