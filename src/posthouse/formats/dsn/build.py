"""Building a delivery status notification: words for people, fields for programs, and the message returned."""

from dataclasses import dataclass
from datetime import datetime

from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.value import Address
from posthouse.formats.dsn.status import format_status
from posthouse.formats.dsn.value import DeliveryStatus
from posthouse.formats.dsn.words import explain, title
from posthouse.formats.header.date import format_date
from posthouse.formats.header.fields import header_end
from posthouse.formats.header.writing import structured, unstructured
from posthouse.formats.mime.build import address_field
from posthouse.formats.mime.entity import check_boundary, entity, multipart, text_entity


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A notification before it is written. It must be sent with the null reverse-path (RFC 3461 §6.1)."""

    status: DeliveryStatus
    recipient: Address
    """The reverse-path of the message that is reported on."""
    date: datetime
    message_id: bytes
    """With angle brackets."""
    boundary: str
    original: bytes
    """The message, or at least its header; CRLF line ends."""
    return_message: bool = False
    """Return the whole message (RET=FULL) and not only its header. RFC 3461 §4.3: only for failures."""


def build_notification(notification: Notification) -> bytes:
    """Return the whole notification.

    Addresses or an original header outside ASCII make the parts global ones in UTF-8 (RFC 6533); such parts go
    8bit. Whether the notification itself needs SMTPUTF8 is another question (``needs_smtputf8``).
    Raises: ValueError for a date without zone or an unfit boundary.
    """
    original = notification.original
    returned = original if notification.return_message else original[: header_end(original)]
    boundary = check_boundary(notification.boundary, [returned])
    text = text_entity("plain", explain(notification.status, whole=notification.return_message))
    status = format_status(notification.status)
    kind = "message/delivery-status" if status.isascii() else "message/global-delivery-status"
    parts = [text, _unencoded(kind, status), _returned(original, whole=notification.return_message)]
    return _header(notification) + multipart("report", parts, boundary, report_type=_report_type(kind))


def needs_smtputf8(octets: bytes) -> bool:
    """Whether a header holds raw 8-bit octets, so that the message can only go to servers with SMTPUTF8 (RFC 6531)."""
    return not octets[: header_end(octets)].isascii()


def _header(notification: Notification) -> bytes:
    status = notification.status
    origin = NamedAddress("Mail Delivery System", Address("mailer-daemon", status.reporting_mta))
    fields = [structured("Date", format_date(notification.date).encode("ascii"))]
    fields += address_field("From", [origin])
    fields += address_field("To", [NamedAddress("", notification.recipient)])
    fields.append(unstructured("Subject", title(status)))
    fields.append(structured("Message-ID", notification.message_id))
    # RFC 3834 §5: keeps vacation programs quiet. The second field is for those of Exchange.
    fields.append(structured("Auto-Submitted", b"auto-replied"))
    fields.append(structured("X-Auto-Response-Suppress", b"All"))
    fields.append(structured("MIME-Version", b"1.0"))
    return b"".join(fields)


def _report_type(kind: str) -> str:
    return kind.removeprefix("message/")


def _returned(original: bytes, *, whole: bool) -> bytes:
    """RFC 3464 §2, RFC 6533 §6: message/rfc822 or text/rfc822-headers, or their global forms for a header in UTF-8."""
    end = header_end(original)
    is_global = not original[:end].isascii()
    if whole:
        return _unencoded("message/global" if is_global else "message/rfc822", original)
    return _unencoded("message/global-headers" if is_global else "text/rfc822-headers", original[:end])


def _unencoded(media_type: str, body: bytes) -> bytes:
    mechanism = b"7bit" if body.isascii() else b"8bit"
    fields = [structured("Content-Type", media_type.encode("ascii")), structured("Content-Transfer-Encoding", mechanism)]
    return entity(fields, body)
