"""Commands that nearly fit, and why they do not."""

import pytest

from posthouse.protocols.imap.commands.append import append_start
from posthouse.protocols.imap.commands.session.authentication import Authenticate, Login
from posthouse.protocols.imap.commands.table import parse
from posthouse.protocols.imap.errors import CharsetUnknown, SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"ID (" + b'"a" "b" ' * 31 + b")", "too many ID fields"),
        (b"AUTHENTICATE PLAIN not-base64!", "unexpected characters"),
        (b"AUTHENTICATE PLAIN !", "not base64"),
        (b"CREATE x (SIZE 3)", "unknown CREATE parameter"),
        (b"CREATE x USE", "bad CREATE parameters"),
        (b'LIST (NONSENSE) "" *', "selection option"),
        (b'LIST "" * RETURN (NONSENSE)', "return option"),
        (b'LIST "" * x', "after the pattern"),
        (b"STATUS x (NONSENSE)", "status item"),
        (b"STATUS x ()", "status item"),
        (b"STORE 1 LABELS (x)", "unknown item"),
        (b"FETCH 1 (BODY.NONSENSE[])", "unknown FETCH item"),
        (b"FETCH 1 BODY[]<1>", "partial range"),
        (b"FETCH 1 ALL FLAGS", "unexpected characters"),
        (b"SEARCH RETURN (NONSENSE) ALL", "result option"),
        (b"SEARCH NONSENSE", "unknown search key"),
        (b"SEARCH HEADER \xff x", "field name is ASCII"),
        (b"SEARCH " + b"NOT " * 200 + b"ALL", "nested too deeply"),
        (b"SEARCH YOUNGER 0", "zero"),
        (b"SEARCH LARGER 99999999999999999999", "number"),
    ],
)
def test_reasons(octets: bytes, reason: str) -> None:
    with pytest.raises(SyntaxViolation, match=reason):
        parse(octets, 0, utf8=False)


def test_charsets() -> None:
    parse(b'SEARCH CHARSET "utf-8" TEXT x', 0, utf8=False)
    with pytest.raises(CharsetUnknown):
        parse(b"SEARCH CHARSET x-none TEXT x", 0, utf8=False)


def test_secrets_are_not_shown() -> None:
    assert "sesame" not in repr(Login(b"a", b"sesame"))
    assert "c2VzYW1l" not in repr(Authenticate("PLAIN", b"c2VzYW1l"))


def test_only_an_append_is_an_append() -> None:
    with pytest.raises(SyntaxViolation):
        append_start(Cursor(b"a NOOP {3}\r\n"))
