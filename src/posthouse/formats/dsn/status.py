"""The machine-readable part, both ways: message/delivery-status (RFC 3464 §2) and its global form (RFC 6533 §4)."""

import re
from datetime import datetime
from typing import Final

from posthouse.formats.charset import decode as decode_charset
from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.formats.header.date import format_date, parse_date
from posthouse.formats.header.fields import fields, unfold
from posthouse.formats.header.writing import fold, structured
from posthouse.foundation.limits import ADDRESSES

_BLANK_LINE = re.compile(rb"\n(?:[ \t]*\r?\n)+")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
# RFC 6533 §3: utf-8-addr-xtext, for places that must stay ASCII.
_UTF_8_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_ACTIONS: Final = {action.value: action for action in Action}


def format_status(status: DeliveryStatus) -> bytes:
    """Write the body of the part: groups of fields separated by blank lines, CRLF line ends, UTF-8 where addresses need it."""
    groups = [_message_fields(status), *map(_recipient_fields, status.recipients)]
    return b"\r\n".join(groups)


def parse_status(octets: bytes) -> DeliveryStatus | None:
    """Read the body of such a part, transfer encoding removed; None when it names no recipient.

    Recipients whose Action is unknown count as failed when their Status is 5.x.x, as delayed when 4.x.x, else as delivered.
    """
    groups = [_fields_of(group) for group in _BLANK_LINE.split(octets.lstrip(b"\r\n"), ADDRESSES + 1)]
    about_message = groups[0]
    recipients = tuple(_recipient(group) for group in groups[:ADDRESSES] if "final-recipient" in group)
    if not recipients:
        return None
    return DeliveryStatus(
        reporting_mta=_typed(about_message.get("reporting-mta", ""))[1],
        recipients=recipients,
        original_envelope_id=about_message.get("original-envelope-id"),
        received_from_mta=_typed(about_message.get("received-from-mta", ""))[1] or None,
        arrival=_date(about_message, "arrival-date"),
    )


def _message_fields(status: DeliveryStatus) -> bytes:
    return b"".join(
        [
            _field("Reporting-MTA", f"dns; {status.reporting_mta}"),
            _field("Original-Envelope-Id", status.original_envelope_id),
            _field("Received-From-MTA", f"dns; {status.received_from_mta}" if status.received_from_mta else None),
            _field("Arrival-Date", _written(status.arrival)),
        ]
    )


def _recipient_fields(recipient: RecipientStatus) -> bytes:
    original = recipient.original_recipient
    return b"".join(
        [
            _field("Original-Recipient", f"{_address_type(original, recipient)}; {original}" if original else None),
            _field("Final-Recipient", f"{_type_of(recipient.final_recipient)}; {recipient.final_recipient}"),
            _field("Action", recipient.action.value),
            _field("Status", recipient.status),
            _field("Remote-MTA", f"dns; {recipient.remote_mta}" if recipient.remote_mta else None),
            _field("Diagnostic-Code", f"smtp; {recipient.diagnostic_code}" if recipient.diagnostic_code else None),
            _field("Last-Attempt-Date", _written(recipient.last_attempt)),
            _field("Final-Log-ID", recipient.final_log_id),
            _field("Will-Retry-Until", _written(recipient.will_retry_until)),
        ]
    )


def _field(name: str, value: str | None) -> bytes:
    if not value:
        return b""
    octets = _CONTROL.sub(" ", value).strip().encode("utf-8", "replace")
    return structured(name, fold(octets, used=len(name) + 2))


def _written(moment: datetime | None) -> str | None:
    return format_date(moment) if moment else None


def _type_of(address: str) -> str:
    return "rfc822" if address.isascii() else "utf-8"


def _address_type(original: str, recipient: RecipientStatus) -> str:
    return recipient.original_recipient_type if original.isascii() else "utf-8"


def _fields_of(group: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields(group):
        body = unfold(group[field.body_start : field.body_end]).strip()
        found.setdefault(field.name.decode("ascii").lower(), decode_charset(body))
    return found


def _recipient(found: dict[str, str]) -> RecipientStatus:
    status = _STATUS.search(found.get("status", ""))
    code = status[1] if status else ""
    original_type, original = _typed(found.get("original-recipient", ""))
    action = _ACTIONS.get(found.get("action", "").partition("(")[0].strip().lower())
    return RecipientStatus(
        final_recipient=_typed(found["final-recipient"])[1],
        action=action or _action_of(code),
        status=code,
        original_recipient=original or None,
        original_recipient_type=original_type or "rfc822",
        remote_mta=_typed(found.get("remote-mta", ""))[1] or None,
        diagnostic_code=_typed(found.get("diagnostic-code", ""))[1] or None,
        last_attempt=_date(found, "last-attempt-date"),
        will_retry_until=_date(found, "will-retry-until"),
        final_log_id=found.get("final-log-id"),
    )


def _typed(value: str) -> tuple[str, str]:
    """Split ``type; value``; the type of an address is lower-cased, and what RFC 6533 escapes in it resolved."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        return "", value.strip().strip("<>")
    kind, rest = kind.strip().lower(), rest.strip()
    if kind == "utf-8":
        rest = _UTF_8_ESCAPE.sub(_character, rest)
    return kind, rest.strip("<>") if kind in ("rfc822", "utf-8") else rest


def _character(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else match[0]


def _action_of(status: str) -> Action:
    return {"5": Action.FAILED, "4": Action.DELAYED}.get(status[:1], Action.DELIVERED)


def _date(found: dict[str, str], name: str) -> datetime | None:
    value = found.get(name)
    return parse_date(value.encode("utf-8", "replace")) if value else None
