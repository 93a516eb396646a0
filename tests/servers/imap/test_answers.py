"""How failures are told."""

import logging

import pytest

from posthouse.foundation import errors
from posthouse.servers.imap.answers import Bad, No, refusal


@pytest.mark.parametrize(
    ("error", "response"),
    [
        (No("no\r\nsuch thing", b"X"), b"a NO [X] No such thing\r\n"),
        (Bad("Wrong"), b"a BAD Wrong\r\n"),
        (errors.OutOfSpace("the disk is full"), b"a NO [UNAVAILABLE] The disk is full\r\n"),
        (errors.Fenced("moved"), b"a NO [UNAVAILABLE] Moved\r\n"),
        (errors.NotFound("gone"), b"a NO [NONEXISTENT] Gone\r\n"),
        (errors.Retired("ask"), b"a NO [CONTACTADMIN] Ask\r\n"),
        (errors.Invalid(""), b"a NO [CANNOT] Cannot be done\r\n"),
        (errors.TooLarge("x" * 900), b"a NO [TOOBIG] X" + b"x" * 499 + b"\r\n"),
    ],
)
def test_codes(error: Exception, response: bytes) -> None:
    assert refusal(b"a", error) == response


def test_what_nobody_expected_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert b"[SERVERBUG]" in refusal(b"a", KeyError("secret"))
    assert "KeyError" in caplog.text
