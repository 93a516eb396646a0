"""Notifications as a whole."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from tests.formats.dsn.test_status import STATUSES, typed

from posthouse.formats.address.value import Address
from posthouse.formats.dsn.build import Notification, build_notification, needs_smtputf8
from posthouse.formats.dsn.parse import parse_notification
from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.formats.header.fields import first
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.text import text_of

FAILED = RecipientStatus(
    final_recipient="bob@example.net",
    action=Action.FAILED,
    status="5.1.1",
    remote_mta="mx.example.net",
    diagnostic_code="550 5.1.1 no such user",
    original_recipient="robert@example.org",
)
ORIGINAL = b"Subject: hello\r\nMessage-ID: <1@example.test>\r\n\r\nthe body\r\n"
BOUNCE = Notification(
    status=DeliveryStatus(reporting_mta="mail.example.test", recipients=(FAILED,)),
    recipient=Address("alice", "example.test"),
    date=datetime(2026, 11, 22, 13, 48, 48, tzinfo=UTC),
    message_id=b"<2@mail.example.test>",
    boundary="b",
    original=ORIGINAL,
)


def types(octets: bytes) -> list[str]:
    return [part.get_content_type() for part in email.message_from_bytes(octets).walk() if not part.is_multipart()]


def test_a_failure_with_the_header() -> None:
    octets = build_notification(BOUNCE)
    part = scan(octets)
    assert [child.media_type + b"/" + child.media_subtype for child in part.children] == [
        b"text/plain",
        b"message/delivery-status",
        b"text/rfc822-headers",
    ]
    assert dict(part.parameters)[b"report-type"] == b"delivery-status"
    text = text_of(octets, part.children[0])
    for words in ("could not be delivered", "bob@example.net", "robert@example.org", "does not exist", "no such user"):
        assert words in text
    assert b"the body" not in octets
    assert first(octets, b"auto-submitted") == b"auto-replied"
    assert first(octets, b"to") == b"alice@example.test"
    assert octets.isascii()
    assert not email.message_from_bytes(octets, policy=email.policy.default).defects


def test_a_failure_with_the_message() -> None:
    octets = build_notification(replace(BOUNCE, return_message=True))
    returned = scan(octets).children[2]
    assert returned.is_message
    assert octets[returned.body_start : returned.body_end] == ORIGINAL


@given(STATUSES)
@settings(max_examples=20)
def test_what_is_built_is_read(status: DeliveryStatus) -> None:
    octets = build_notification(replace(BOUNCE, status=status))
    parsed = parse_notification(octets, scan(octets))
    assert parsed is not None
    assert parsed.status.recipients == tuple(map(typed, status.recipients))
    assert parsed.original_message_id == b"<1@example.test>"


def test_addresses_outside_ascii() -> None:
    recipient = replace(FAILED, final_recipient="用户@例子.example")
    octets = build_notification(replace(BOUNCE, status=replace(BOUNCE.status, recipients=(recipient,))))
    part = scan(octets)
    assert part.children[1].media_subtype == b"global-delivery-status"
    assert dict(part.parameters)[b"report-type"] == b"global-delivery-status"
    assert not needs_smtputf8(octets)


def test_an_original_outside_ascii() -> None:
    original = "Subject: Grüße\r\n\r\nbody\r\n".encode()
    headers = build_notification(replace(BOUNCE, original=original))
    assert scan(headers).children[2].media_subtype == b"global-headers"
    whole = build_notification(replace(BOUNCE, original=original, return_message=True))
    assert scan(whole).children[2].media_subtype == b"global"
    assert scan(whole).children[2].transfer_encoding == b"8bit"


def test_a_sender_outside_ascii_needs_smtputf8() -> None:
    assert needs_smtputf8(build_notification(replace(BOUNCE, recipient=Address("用户", "例子.example"))))


def test_what_cannot_be_written_is_refused() -> None:
    for notification in (
        replace(BOUNCE, boundary=""),
        replace(BOUNCE, date=BOUNCE.date.replace(tzinfo=None)),
        replace(BOUNCE, original=b"\r\n--=_b\r\n", return_message=True),
    ):
        with pytest.raises(ValueError, match=r"."):
            build_notification(notification)
