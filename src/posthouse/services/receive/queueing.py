"""From accepted recipients to what the queue keeps: every final address once, and the message around them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from posthouse.filters.verdict import Verdict, write_verdict
from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import first
from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import AccountId, DeliveryId, QueueId
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.services.receive.acceptance import GROUPS, LOCAL, REPORTS
from posthouse.services.receive.reception import Expected, Reception

MakeId = Callable[[], bytes]
NAMED: Final = 100
"""Recipients a verdict names."""


def destined(recipients: Sequence[Expected], now: float, make_id: MakeId) -> tuple[AccountId | None, list[Recipient]]:
    """Every final address once; and the account where it is the only one and all there is to do is to keep it. Raises: Invalid."""
    found: dict[str, Recipient] = {}
    accounts: list[AccountId] = []
    plain = True
    for expected in recipients:
        written = format_mailbox(expected.wanted.address)
        for account in expected.resolved.accounts:
            if account.key not in found:
                found[account.key] = _recipient(expected, account.address, written, LOCAL, make_id)
                accounts.append(account.id)
                plain = plain and account.keeps_mail and not account.answers_at(now)
        for group in expected.resolved.groups:
            found.setdefault(group.key, _recipient(expected, group.address, written, GROUPS, make_id))
        if expected.resolved.reports:
            found.setdefault(written, _recipient(expected, written, written, REPORTS, make_id))
        if expected.resolved.hopeless:
            found.setdefault(written, _recipient(expected, written, written, LOCAL, make_id))
        for address in expected.resolved.foreign:
            text = format_mailbox(address)
            if text not in found:
                found[text] = _recipient(expected, text, written, destination_of(address), make_id)
    only = accounts[0] if plain and len(accounts) == len(found) == 1 else None
    return only, list(found.values())


class Bounds(msgspec.Struct, frozen=True):
    """What the house adds to, and takes from, a sender's wishes."""

    forward_path: str = ""
    """The reverse-path towards other houses where it differs."""
    highest_priority: int = 0


def queued_message(
    reception: Reception, content: Content, recipients: Iterable[Recipient], bounds: Bounds, make_id: MakeId
) -> QueuedMessage:
    """The message as the queue keeps it."""
    sender = reception.sender
    return QueuedMessage(
        id=QueueId(make_id()),
        trace_id=reception.trace_id,
        reverse_path=sender.text,
        content=content,
        recipients=tuple(recipients),
        received_at=reception.received_at,
        return_content=sender.return_content,
        envelope_id=sender.envelope_id,
        smtputf8=sender.smtputf8,
        eight_bit=sender.eight_bit,
        binary=sender.binary,
        record=write_verdict(_verdict(reception)),
        forward_path=bounds.forward_path,
        require_tls=sender.require_tls,
        tls_optional=(first(reception.intake.head, b"tls-required") or b"").strip().lower() == b"no",
        release_at=_release(reception),
        deliver_by=reception.received_at + sender.deliver_within if sender.deliver_mode else 0.0,
        deliver_mode=sender.deliver_mode,
        priority=min(sender.priority, bounds.highest_priority),
    )


def _release(reception: Reception) -> float:
    """When a message that is to be held may go; 0 where it may at once."""
    sender = reception.sender
    moment = reception.received_at + sender.hold_for if sender.hold_for else float(sender.hold_until)
    return moment if moment > reception.received_at else 0.0


def destination_of(address: Address) -> str:
    """The queue's name for where a foreign address waits: its normalised domain. Raises: Invalid."""
    try:
        return domain_key(address.domain)
    except ValueError as error:
        raise Invalid(f"bad domain: {error}") from error


def _verdict(reception: Reception) -> Verdict:
    client = reception.client
    return Verdict(
        address=client.address,
        name=client.name,
        protocol=client.protocol,
        sender=reception.sender.text,
        tls=client.tls,
        recipients=tuple(format_mailbox(expected.wanted.address) for expected in reception.recipients[:NAMED]),
        findings=tuple(reception.findings),
        junk=reception.junk,
        answerable=reception.answerable,
    )


def _recipient(expected: Expected, address: str, written: str, destination: str, make_id: MakeId) -> Recipient:
    return Recipient(
        address=address,
        original_recipient=expected.wanted.original_recipient,
        notify=expected.wanted.notify,
        delivery_id=DeliveryId(make_id()),
        destination=destination,
        final_recipient=written if written != address else "",
    )
