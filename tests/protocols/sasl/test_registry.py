"""Mechanisms by name."""

import pytest

from posthouse.protocols.sasl.registry import (
    CLIENT_MECHANISMS,
    SERVER_MECHANISMS,
    client_mechanism,
    server_mechanism,
)
from posthouse.protocols.sasl.types import Credentials, UnknownMechanism


def test_names_are_the_mechanisms_own() -> None:
    assert all(server_mechanism(name.lower()).name == name for name in SERVER_MECHANISMS)
    assert all(client_mechanism([name], Credentials("a", "b")).name == name for name in CLIENT_MECHANISMS)


def test_each_exchange_is_fresh() -> None:
    assert server_mechanism("LOGIN") is not server_mechanism("LOGIN")


def test_client_takes_the_best_offered() -> None:
    assert client_mechanism(["login", "gssapi", "plain"], Credentials("a", "b")).name == "PLAIN"


def test_unknown_names() -> None:
    with pytest.raises(UnknownMechanism):
        server_mechanism("EXTERNAL")
    with pytest.raises(UnknownMechanism):
        client_mechanism(["GSSAPI"], Credentials("a", "b"))
