"""The words of a notification."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.formats.dsn.words import explain, title

BOB = RecipientStatus(final_recipient="bob@example.net", action=Action.FAILED, status="5.2.2")


def about(*recipients: RecipientStatus) -> DeliveryStatus:
    return DeliveryStatus(reporting_mta="mail.example.test", recipients=recipients)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words(action: Action) -> None:
    status = about(replace(BOB, action=action))
    assert title(status).startswith("Your message")
    assert "bob@example.net" in explain(status, whole=False)


def test_the_gravest_action_is_the_title() -> None:
    assert title(about(replace(BOB, action=Action.DELIVERED), BOB)) == "Your message could not be delivered"


def test_reasons_and_answers() -> None:
    text = explain(about(replace(BOB, diagnostic_code="552 5.2.2 over quota", remote_mta="mx.example.net")), whole=True)
    assert "The mailbox is full." in text
    assert "mx.example.net said: 552 5.2.2 over quota" in text
    assert "administrator and your message" in text


def test_a_delay_says_how_long_attempts_go_on() -> None:
    until = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    assert "2026-11-27 12:00 UTC" in explain(about(replace(BOB, action=Action.DELAYED, will_retry_until=until)), whole=False)


def test_lines_are_short_but_addresses_whole() -> None:
    address = "x" * 100 + "@example.net"
    lines = explain(about(replace(BOB, final_recipient=address, diagnostic_code="word " * 40)), whole=False).split("\n")
    assert any(address in line for line in lines)
    assert all(len(line) <= 72 for line in lines if address not in line)
