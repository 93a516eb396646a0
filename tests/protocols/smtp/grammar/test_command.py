"""One line, one command."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES

from posthouse.protocols.smtp.commands import (
    Auth,
    Bdat,
    Burl,
    Command,
    Data,
    Ehlo,
    Etrn,
    Expn,
    Helo,
    Help,
    Lhlo,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTls,
    Vrfy,
)
from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.grammar.command import parse_command, write_command
from posthouse.protocols.smtp.types import MailParameters

NAME = st.from_regex(r"[!-~]{1,12}", fullmatch=True)
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from([Data(), Rset(), Noop(), Quit(), StartTls(), Help(), Mail(None), Mail(None, MailParameters(7))]),
    NAME.flatmap(
        lambda name: st.sampled_from([Helo(name), Ehlo(name), Lhlo(name), Vrfy(name), Expn(name), Etrn(name), Help(name)])
    ),
    st.builds(Mail, ADDRESSES),
    st.builds(Rcpt, ADDRESSES),
    st.builds(Bdat, st.integers(0, 10**18 - 1), st.booleans()),
    st.builds(Burl, NAME, st.booleans()),
    st.builds(Auth, st.from_regex(r"[A-Z0-9_-]{1,20}", fullmatch=True), st.none() | st.binary(max_size=40)),
)


@given(COMMANDS, st.sampled_from([b"", b" ", b"\t "]))
def test_round_trip(command: Command, trailing: bytes) -> None:
    line = write_command(command)
    assert line.endswith(b"\r\n")
    assert parse_command(line[:-2] + trailing) == command


@given(st.binary(max_size=40) | st.from_regex(rb"(mail from:|RCPT TO:|Bdat |burl |auth |ehlo )[^\r\n]{0,20}", fullmatch=True))
def test_anything_is_a_command_or_a_violation(line: bytes) -> None:
    with contextlib.suppress(SyntaxViolation):
        parse_command(line)


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1", b"post /x", b"Host: example", b"BDAT", b"BDAT x", b"BDAT 1 LAST NOW", b"BDAT " + b"9" * 19]
)
def test_fatal(line: bytes) -> None:
    with pytest.raises(SyntaxViolation) as caught:
        parse_command(line)
    assert caught.value.fatal


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", 500),
        (b" NOOP", 500),
        (b"X-Y", 500),
        (b"MAIL", 501),
        (b"MAIL TO:<a@b>", 501),
        (b"RCPT FROM:<a@b>", 501),
        (b"EHLO two words", 501),
        (b"EHLO " + b"x" * 256, 501),
        (b"AUTH " + b"X" * 21, 501),
        (b"AUTH PLAIN a b", 501),
        (b"RSET now", 501),
        (b"ETRN", 501),
        (b"SOML FROM:<a@b>", 502),
        (b"\xff\xfe", 500),
    ],
)
def test_refused(line: bytes, code: int) -> None:
    with pytest.raises(SyntaxViolation) as caught:
        parse_command(line)
    assert caught.value.reply.code == code
    assert not caught.value.fatal


def test_case_does_not_matter() -> None:
    assert parse_command(b"mAiL fRoM:<>") == Mail(None)
    assert parse_command(b"auth plain =") == Auth("PLAIN", b"")
    assert parse_command(b"bdat 5 last") == Bdat(5, last=True)
    assert parse_command(b"burl IMAP://x last") == Burl("IMAP://x", last=True)
