"""The table of legal commands."""

import pytest

from posthouse.protocols.pop3.commands import Dele, Noop, Pass, Quit, Retr, Stls, User, Utf8
from posthouse.protocols.pop3.state import LEGAL, State, refusal


def test_every_state_has_a_row() -> None:
    assert set(LEGAL) == set(State)


@pytest.mark.parametrize("state", [State.AUTHORIZATION, State.USER_GIVEN, State.TRANSACTION])
def test_quit_ends(state: State) -> None:
    assert LEGAL[state][Quit] is State.CLOSED


@pytest.mark.parametrize("command", [Retr, Dele, Noop])
def test_nothing_of_the_maildrop_before_signing_in(command: type) -> None:
    assert refusal(State.AUTHORIZATION, command) is not None
    assert refusal(State.USER_GIVEN, command) is not None
    assert refusal(State.TRANSACTION, command) is None


@pytest.mark.parametrize("command", [User, Pass, Stls, Utf8])
def test_nothing_of_signing_in_afterwards(command: type) -> None:
    assert refusal(State.TRANSACTION, command) is not None


def test_words() -> None:
    refused = refusal(State.AUTHORIZATION, Pass)
    assert refused is not None
    assert "USER first" in refused.text
