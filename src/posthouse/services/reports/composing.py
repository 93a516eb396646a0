"""Our own reports as messages, ready for the queue but for their signature."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.value import Address
from posthouse.formats.mime.build import Composition, header
from posthouse.formats.mime.entity import binary_entity, check_boundary, content_field, multipart, parametrised, text_entity
from posthouse.formats.reports.dmarc import AggregateReport
from posthouse.formats.reports.dmarc_writing import write_aggregate_report
from posthouse.formats.reports.tls import TlsReport, write_tls_report
from posthouse.formats.reports.unpacking import pack

_WORDS: Final = "This is a report about mail authentication, made by a program. It is attached for a program to read.\r\n"


class Letter(msgspec.Struct, frozen=True):
    """Who writes to whom, when; ``token`` are letters and digits nobody else has."""

    author: Address
    recipients: tuple[Address, ...]
    hostname: str
    at: float
    token: str


def dmarc_letter(letter: Letter, report: AggregateReport) -> bytes:
    """A message that carries an aggregate report (RFC 7489 §7.2.1.1)."""
    name = f"{letter.hostname}!{report.policy.domain}!{report.begins_at}!{report.ends_at}.xml.gz"
    subject = f"Report Domain: {report.policy.domain} Submitter: {letter.hostname} Report-ID: <{report.report_id}>"
    attached = _attachment("application/gzip", name, pack(write_aggregate_report(report)))
    return _message(letter, subject, (), ("mixed", {}), attached)


def tls_letter(letter: Letter, domain: str, report: TlsReport, bounds: tuple[int, int]) -> bytes:
    """A message that carries a TLS report (RFC 8460 §5.3)."""
    name = f"{letter.hostname}!{domain}!{bounds[0]}!{bounds[1]}!{letter.token}.json.gz"
    subject = f"Report Domain: {domain} Submitter: {letter.hostname} Report-ID: <{report.report_id}>"
    extra = (("TLS-Report-Domain", domain), ("TLS-Report-Submitter", letter.hostname))
    attached = _attachment("application/tlsrpt+gzip", name, pack(write_tls_report(report)))
    return _message(letter, subject, extra, ("report", {"report_type": "tlsrpt"}), attached)


def _message(
    letter: Letter, subject: str, extra: tuple[tuple[str, str], ...], kind: tuple[str, dict[str, str]], attached: bytes
) -> bytes:
    composition = Composition(
        author=[NamedAddress("", letter.author)],
        to=[NamedAddress("", address) for address in letter.recipients],
        date=datetime.fromtimestamp(letter.at, UTC),
        message_id=f"<{letter.token}@{letter.hostname}>".encode(),
        boundary=letter.token,
        subject=subject,
        extra_fields=(*extra, ("Auto-Submitted", "auto-generated")),
    )
    parts = [text_entity("plain", _WORDS), attached]
    subtype, parameters = kind
    body = multipart(subtype, parts, check_boundary(letter.token, parts), **parameters)
    return header(composition) + b"MIME-Version: 1.0\r\n" + body


def _attachment(media_type: str, filename: str, content: bytes) -> bytes:
    fields = [content_field(media_type), parametrised("Content-Disposition", "attachment", [("filename", filename)])]
    return binary_entity(content, fields)
