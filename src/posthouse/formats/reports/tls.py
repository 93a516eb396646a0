"""TLS reports (RFC 8460 §4): what happened when others sent mail to a domain, as JSON both ways."""

from datetime import UTC, datetime
from typing import Final

import msgspec

POLICIES: Final = 1_000
"""Policies of one report that are kept."""


class DateRange(msgspec.Struct, frozen=True, rename="kebab"):
    """First and last moment, RFC 3339."""

    start_datetime: str
    end_datetime: str


class PolicyDescription(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """The policy that was applied."""

    policy_type: str
    """``tlsa``, ``sts`` or ``no-policy-found``."""
    policy_domain: str
    policy_string: tuple[str, ...] = ()
    mx_host: tuple[str, ...] = ()


class Summary(msgspec.Struct, frozen=True, rename="kebab"):
    """Sessions counted."""

    total_successful_session_count: int = 0
    total_failure_session_count: int = 0


class FailureDetails(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """Sessions that failed alike."""

    result_type: str
    failed_session_count: int = 0
    sending_mta_ip: str = ""
    receiving_mx_hostname: str = ""
    receiving_ip: str = ""
    failure_reason_code: str = ""


class PolicyResults(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """What happened under one policy."""

    policy: PolicyDescription
    summary: Summary = Summary()
    failure_details: tuple[FailureDetails, ...] = ()


class TlsReport(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """One report."""

    organization_name: str
    date_range: DateRange
    report_id: str
    policies: tuple[PolicyResults, ...] = ()
    contact_info: str = ""


class InvalidTlsReport(ValueError):
    """The octets are no report; the message says what is wrong."""


def write_tls_report(report: TlsReport) -> bytes:
    """The report as JSON."""
    return msgspec.json.encode(report)


def parse_tls_report(octets: bytes) -> TlsReport:
    """Read a report; what it says beyond what is known here is passed over. Raises: InvalidTlsReport."""
    try:
        report = msgspec.json.decode(octets, type=TlsReport, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidTlsReport(f"this is no TLS report: {error}") from None
    return msgspec.structs.replace(report, policies=report.policies[:POLICIES])


def moment(seconds: float) -> str:
    """A moment as RFC 3339 wants it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
