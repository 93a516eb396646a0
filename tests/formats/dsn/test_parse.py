"""Notifications of other servers."""

import pytest
from hypothesis import given
from tests.support.corpus.hostile import CORPUS
from tests.support.corpus.trees import SOUP

from posthouse.formats.dsn.parse import parse_notification
from posthouse.formats.dsn.value import Action
from posthouse.formats.mime.scanner import scan

STATUS = b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n"


def report(subtype: bytes, returned: bytes, *, encoding: bytes = b"7bit") -> bytes:
    return (
        b"Content-Type: multipart/" + subtype + b"; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + STATUS
        + b"\r\n--b\r\n" + returned + b"\r\n--b--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize("subtype", [b"report; report-type=delivery-status", b"mixed"])
@pytest.mark.parametrize(
    "returned",
    [
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@a>\r\n\r\nbody",
        b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@a>\r\n",
        b"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: base64\r\n\r\nTWVzc2FnZS1JRDogPDFAYT4NCg==",
    ],
)
def test_reports(subtype: bytes, returned: bytes) -> None:
    octets = report(subtype, returned)
    parsed = parse_notification(octets, scan(octets))
    assert parsed is not None
    assert parsed.original_message_id == b"<1@a>"
    assert [(r.final_recipient, r.action) for r in parsed.status.recipients] == [("a@b", Action.FAILED)]


def test_a_report_that_returns_nothing() -> None:
    octets = report(b"report", b"\r\n")
    parsed = parse_notification(octets, scan(octets))
    assert parsed is not None
    assert parsed.original_message_id is None


def test_a_forwarded_report_is_no_report() -> None:
    octets = b"Content-Type: message/rfc822\r\n\r\n" + report(b"report", b"\r\n")
    assert parse_notification(octets, scan(octets)) is None


@given(SOUP)
def test_soup_is_no_report(octets: bytes) -> None:
    assert parse_notification(octets, scan(octets)) is None


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_mail_is_no_report(name: str) -> None:
    octets = CORPUS[name]()
    assert parse_notification(octets, scan(octets)) is None
