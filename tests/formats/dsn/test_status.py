"""message/delivery-status both ways."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.dsn.status import format_status, parse_status
from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.foundation.limits import ADDRESSES as MOST_ADDRESSES

_ADDRESSES = ADDRESSES.map(format_mailbox).filter(lambda text: "<" not in text and ">" not in text and " " not in text)
_WORDS = st.from_regex(r"[a-z0-9.,=+-]{1,20}( [a-z0-9.,=+-]{1,20}){0,8}", fullmatch=True)
_HOSTS = st.from_regex(r"[a-z0-9-]{1,20}\.[a-z]{2,5}", fullmatch=True)
_MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001

RECIPIENTS = st.builds(
    RecipientStatus,
    final_recipient=_ADDRESSES,
    action=st.sampled_from(Action),
    status=st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True),
    original_recipient=st.none() | _ADDRESSES,
    remote_mta=st.none() | _HOSTS,
    diagnostic_code=st.none() | _WORDS,
    last_attempt=st.none() | _MOMENTS,
    will_retry_until=st.none() | _MOMENTS,
    final_log_id=st.none() | _WORDS,
)
STATUSES = st.builds(
    DeliveryStatus,
    reporting_mta=_HOSTS,
    recipients=st.lists(RECIPIENTS, min_size=1, max_size=3).map(tuple),
    original_envelope_id=st.none() | _HOSTS,
    received_from_mta=st.none() | _HOSTS,
    arrival=st.none() | _MOMENTS,
)


def typed(recipient: RecipientStatus) -> RecipientStatus:
    """What comes back names the type of an address outside ASCII."""
    original = recipient.original_recipient
    kind = "rfc822" if original is None or original.isascii() else "utf-8"
    return RecipientStatus(**{**vars(recipient), "original_recipient_type": kind})


@given(STATUSES)
@settings(max_examples=40)
def test_what_is_formatted_comes_back(status: DeliveryStatus) -> None:
    expected = DeliveryStatus(**{**vars(status), "recipients": tuple(map(typed, status.recipients))})
    octets = format_status(status)
    assert parse_status(octets) == expected
    assert parse_status(octets.replace(b"\r\n", b"\n")) == expected
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))


PIECES = [
    b"Final-Recipient:",
    b"rfc822;",
    b"utf-8;",
    b"a@b",
    b"\r\n",
    b"\n\n",
    b"Action: failed",
    b"Status: 5.1.1 x",
    b"\\x{4f60}",
    b" ",
    b"\xff",
]


@given(st.lists(st.sampled_from(PIECES)).map(b"".join) | st.binary(max_size=60))
@settings(max_examples=150)
def test_anything_is_a_status_or_none(octets: bytes) -> None:
    status = parse_status(octets)
    assert status is None or status.recipients


def test_what_others_send() -> None:
    status = parse_status(
        b"Reporting-MTA: dns;mx.example.org\nArrival-Date: Sun, 22 Nov 2026 13:48:48 +0000\n \n\n"
        b"Original-Recipient: rfc822;<a@b>\nFinal-Recipient: RFC822; c@d\nAction: Failed (bad luck)\n"
        b"Status: 5.1.1 (no such user)\nDiagnostic-Code: smtp; 550 5.1.1\n no such user\nX-Own: field\n\n"
        b"Final-Recipient: utf-8; \\x{7528}@b\nStatus: 4.4.1\n\nFinal-Recipient: x400; /c=de/\nAction: relayed\n"
    )
    assert status is not None
    one, two, three = status.recipients
    assert (one.final_recipient, one.original_recipient, one.action, one.status) == ("c@d", "a@b", Action.FAILED, "5.1.1")
    assert one.diagnostic_code == "550 5.1.1 no such user"
    assert (two.final_recipient, two.action) == ("用@b", Action.DELAYED)
    assert (three.final_recipient, three.action, three.status) == ("/c=de/", Action.RELAYED, "")


@pytest.mark.parametrize("octets", [b"", b"\r\n\r\n", b"Reporting-MTA: dns; a\r\n", b"text"])
def test_no_recipients_no_status(octets: bytes) -> None:
    assert parse_status(octets) is None


def test_values_cannot_smuggle_fields() -> None:
    recipient = RecipientStatus(
        final_recipient="a@b", action=Action.FAILED, status="5.0.0", diagnostic_code="550\r\n\r\nFinal-Recipient: x"
    )
    status = parse_status(format_status(DeliveryStatus(reporting_mta="a", recipients=(recipient,))))
    assert status is not None
    assert len(status.recipients) == 1


def test_bounded() -> None:
    status = parse_status(b"Final-Recipient: rfc822; a@b\n\n" * (MOST_ADDRESSES + 500))
    assert status is not None
    assert len(status.recipients) == MOST_ADDRESSES
