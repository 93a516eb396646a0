"""CRAM-MD5 and SCRAM as a client speaks them: the examples of the standards, and servers that break the rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.sasl.cram_md5 import CramMd5Client
from posthouse.protocols.sasl.scram_client import ScramClient
from posthouse.protocols.sasl.types import Credentials

USER = Credentials("user", "pencil")


def test_cram_md5_example() -> None:
    client = CramMd5Client(Credentials("tim", "tanstaaftanstaaf"))  # RFC 2195 §2
    assert client.start() is None
    assert client.respond(b"<1896.697170952@postoffice.reston.mci.net>") == b"tim b913a602c7eda7a495b4e6e7334d3890"
    assert client.respond(b"") is None


EXAMPLES = {
    # RFC 5802 §5
    "SCRAM-SHA-1": (
        "fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    # RFC 7677 §3
    "SCRAM-SHA-256": (
        "rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_scram_examples(name: str) -> None:
    nonce, first, final, signature = EXAMPLES[name]
    client = ScramClient(name, USER, nonce)
    assert client.start() == f"n,,n=user,r={nonce}".encode()
    assert client.respond(first.encode()) == final.encode()
    assert client.respond(signature.encode()) == b""
    assert client.respond(b"") is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_server_that_does_not_know_the_password(name: str) -> None:
    nonce, first, _, _ = EXAMPLES[name]
    client = ScramClient(name, USER, nonce)
    client.respond(first.encode())
    assert client.respond(b"v=AAAA") is None


@pytest.mark.parametrize(
    "challenge",
    ["", "r=other,s=QQ==,i=1", "r=abc,s=QQ==,i=1", "r=abcd,s=!,i=1", "r=abcd,s=QQ==,i=0", "r=abcd,s=QQ==,i=9999999", "e=no"],
)
def test_servers_that_break_the_rules(challenge: str) -> None:
    assert ScramClient("SCRAM-SHA-256", USER, "abc").respond(challenge.encode()) is None


@given(st.binary(max_size=60))
def test_any_challenge_is_answered_or_refused(challenge: bytes) -> None:
    ScramClient("SCRAM-SHA-256", USER, "abc").respond(challenge)


def test_names_with_signs_that_mean_something() -> None:
    assert ScramClient("SCRAM-SHA-1", Credentials("a,b=c", "x"), "n").start() == b"n,,n=a=2Cb=3Dc,r=n"
