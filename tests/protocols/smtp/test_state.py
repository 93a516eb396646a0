"""The table of legal commands."""

import pytest

from posthouse.protocols.smtp.commands import Bdat, Burl, Data, Ehlo, Helo, Lhlo, Mail, Noop, Quit, Rcpt, StartTls
from posthouse.protocols.smtp.state import IN_TRANSACTION, LEGAL, State, refusal
from posthouse.protocols.smtp.types import Dialect

TALKING = (State.UNIDENTIFIED, State.READY, State.MAIL, State.RCPT, State.CHUNKS)


def test_every_state_has_a_row() -> None:
    assert set(LEGAL) == set(State)
    assert all(LEGAL[state] for state in TALKING)


@pytest.mark.parametrize("state", TALKING)
def test_noop_changes_nothing_and_quit_ends(state: State) -> None:
    assert LEGAL[state][Noop] is state
    assert LEGAL[state][Quit] is State.CLOSED


def test_transactions_are_entered_by_mail_only() -> None:
    entered = {(state, command) for state in State for command, after in LEGAL[state].items() if after in IN_TRANSACTION}
    assert {command for state, command in entered if state not in IN_TRANSACTION} == {Mail}


@pytest.mark.parametrize(
    ("state", "command", "text"),
    [
        (State.UNIDENTIFIED, Mail, "EHLO first"),
        (State.READY, Rcpt, "MAIL FROM first"),
        (State.READY, Bdat, "MAIL FROM first"),
        (State.READY, Burl, "MAIL FROM first"),
        (State.MAIL, Burl, "no valid recipient yet: RCPT TO first"),
        (State.MAIL, Data, "RCPT TO first"),
        (State.MAIL, Mail, "open"),
        (State.MAIL, StartTls, "not at this point"),
        (State.CHUNKS, Rcpt, "not at this point"),
        (State.READY, Lhlo, "no such command"),
    ],
)
def test_words(state: State, command: type, text: str) -> None:
    reply = refusal(state, command, Dialect.SMTP)
    assert reply is not None
    assert text in reply.text


def test_dialects() -> None:
    assert refusal(State.UNIDENTIFIED, Lhlo, Dialect.LMTP) is None
    assert refusal(State.UNIDENTIFIED, Ehlo, Dialect.LMTP) is not None
    assert refusal(State.UNIDENTIFIED, Helo, Dialect.SMTP) is None
