"""One line, one command."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.pop3 import commands
from posthouse.protocols.pop3.errors import SyntaxViolation
from posthouse.protocols.pop3.grammar import parse_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"capa", commands.Capa()),
        (b"USER a b@example.test ", commands.User("a b@example.test")),
        (b"PASS  two  spaces ", commands.Pass(" two  spaces ")),
        ("PASS pässword".encode(), commands.Pass("pässword")),
        (b"APOP a b", commands.Apop("a b")),
        (b"AUTH", commands.Auth()),
        (b"AUTH plain", commands.Auth("PLAIN")),
        (b"AUTH PLAIN =", commands.Auth("PLAIN", b"")),
        (b"AUTH PLAIN QUI=", commands.Auth("PLAIN", b"AB")),
        (b"LANG", commands.Lang()),
        (b"LANG de-CH", commands.Lang("de-CH")),
        (b"LIST", commands.List()),
        (b"LIST 7 ", commands.List(7)),
        (b"UIDL 007", commands.Uidl(7)),
        (b"RETR 1", commands.Retr(1)),
        (b"TOP 1 0", commands.Top(1, 0)),
        (b"DELE 3", commands.Dele(3)),
        (b"STLS ", commands.Stls()),
        (b"UTF8", commands.Utf8()),
        (b"QUIT", commands.Quit()),
    ],
)
def test_commands(line: bytes, command: commands.Command) -> None:
    assert parse_command(line) == command


@given(st.binary(max_size=30) | st.from_regex(rb"(USER|PASS|AUTH|TOP|RETR|LIST|LANG) [^\r\n]{0,12}", fullmatch=True))
def test_anything_is_a_command_or_a_violation(line: bytes) -> None:
    with contextlib.suppress(SyntaxViolation):
        parse_command(line)


@given(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1))
def test_numbers(number: int, lines: int) -> None:
    assert parse_command(f"TOP {number} {lines}".encode()) == commands.Top(number, lines)


@pytest.mark.parametrize(
    "line", [b"", b"USER", b"USER  ", b"PASS", b"RETR", b"RETR -1", b"RETR 1 2", b"RETR 1e3", b"TOP 1", b"TOP 1 2 3"]
)
def test_refused(line: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        parse_command(line)


@pytest.mark.parametrize("line", [b"LANG de_CH!", b"LANG de en", b"AUTH PLAIN a b", b"AUTH @", b"AUTH PLAIN ?", b"CAPA x"])
def test_refused_arguments(line: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        parse_command(line)


def test_password_stays_out_of_repr() -> None:
    assert "secret" not in repr(commands.Pass("secret"))
