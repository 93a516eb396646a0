"""Mechanisms by name."""

import pytest

from posthouse.protocols.sasl.registry import (
    CLIENT_MECHANISMS,
    SERVER_MECHANISMS,
    client_mechanism,
    offered_mechanisms,
    server_mechanism,
)
from posthouse.protocols.sasl.types import Credentials, UnknownMechanism


def test_names_are_the_mechanisms_own() -> None:
    assert all(server_mechanism(name.lower(), "n", SERVER_MECHANISMS).name == name for name in SERVER_MECHANISMS)
    assert all(client_mechanism([name], Credentials("a", "b"), "nonce").name == name for name in CLIENT_MECHANISMS)


def test_each_exchange_is_fresh() -> None:
    assert server_mechanism("LOGIN", "n", ["LOGIN"]) is not server_mechanism("LOGIN", "n", ["LOGIN"])


def test_what_is_announced_is_what_works() -> None:
    assert offered_mechanisms(scram=True, cram_md5=True) == ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5")
    assert offered_mechanisms(scram=False, cram_md5=False, binding=True) == ("PLAIN", "LOGIN")
    assert offered_mechanisms(scram=True, cram_md5=False, binding=True)[:3] == (
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256",
    )
    with pytest.raises(UnknownMechanism):
        server_mechanism("CRAM-MD5", "n", offered_mechanisms(scram=True, cram_md5=False))


def test_client_takes_the_best_offered() -> None:
    assert client_mechanism(["login", "gssapi", "plain"], Credentials("a", "b")).name == "PLAIN"


def test_scram_needs_a_nonce_and_is_the_best() -> None:
    offered = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "CRAM-MD5"]
    assert client_mechanism(offered, Credentials("a", "b"), "nonce").name == "SCRAM-SHA-256"
    assert client_mechanism(offered, Credentials("a", "b")).name == "PLAIN"
    assert client_mechanism(offered, Credentials("a", "b"), "nonce", "CRAM-MD5").name == "CRAM-MD5"
    with pytest.raises(UnknownMechanism):
        client_mechanism(["PLAIN"], Credentials("a", "b"), "nonce", "LOGIN")


def test_unknown_names() -> None:
    with pytest.raises(UnknownMechanism):
        server_mechanism("EXTERNAL", "n", ["EXTERNAL", "PLAIN"])
    with pytest.raises(UnknownMechanism):
        client_mechanism(["GSSAPI"], Credentials("a", "b"))


def test_tokens_are_taken_where_that_is_wanted_and_never_tried_with_a_password() -> None:
    assert offered_mechanisms(scram=False, cram_md5=False, oauth=True) == ("PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2")
    with pytest.raises(UnknownMechanism):
        client_mechanism(["XOAUTH2", "OAUTHBEARER"], Credentials("a", "b"), "nonce")
