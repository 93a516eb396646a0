"""Reading DMARC aggregate reports: whatever namespace and version, what can be understood of them, in bounded time and memory.

A report is XML from a stranger: a document type (and with it every entity) is refused, depth, elements and texts have bounds.
"""

import re
from typing import Final
from xml.parsers import expat

from posthouse.formats.reports.dmarc import AggregateReport, PublishedPolicy, Row, SenderResult, SignatureResult

DEPTH: Final = 12
ELEMENTS: Final = 500_000
ROWS: Final = 50_000
TEXT_CHARACTERS: Final = 1_000
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_RESULTS: Final = 20
"""Signatures of one row that are kept."""


class InvalidReport(ValueError):
    """The octets are no report; the message says what is wrong."""


def parse_aggregate_report(octets: bytes) -> AggregateReport:
    """Read a report. Raises: InvalidReport."""
    reading = _Reading()
    try:
        reading.parse(octets)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InvalidReport(f"this is no DMARC report: {error}") from None
    return reading.report()


class _Reading:
    """Collects texts by their place in the document; a row is made when its record ends."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._path: list[str] = []
        self._text = ""
        self._elements = 0
        self._whole: dict[str, str] = {}
        self._record: dict[str, str] = {}
        self._signatures: list[SignatureResult] = []
        self._result: dict[str, str] = {}
        self._rows: list[Row] = []

    def parse(self, octets: bytes) -> None:
        """Read the whole document."""
        self._parser.Parse(octets, True)

    def report(self) -> AggregateReport:
        """What was read. Raises: InvalidReport."""
        found = self._whole
        domain = found.get("policy_published/domain", "")
        if not domain or "report_metadata/org_name" not in found:
            raise InvalidReport("this is no DMARC report: it names no organisation or no domain")
        return AggregateReport(
            organisation=found["report_metadata/org_name"],
            address=found.get("report_metadata/email", ""),
            report_id=found.get("report_metadata/report_id", ""),
            begins_at=_number(found.get("report_metadata/date_range/begin")),
            ends_at=_number(found.get("report_metadata/date_range/end")),
            policy=PublishedPolicy(
                domain=domain.lower(),
                policy=found.get("policy_published/p", ""),
                subdomain_policy=found.get("policy_published/sp", ""),
                nonexistent_policy=found.get("policy_published/np", ""),
                dkim_alignment=found.get("policy_published/adkim", "r"),
                spf_alignment=found.get("policy_published/aspf", "r"),
                percent=_number(found.get("policy_published/pct", "100")),
                testing=found.get("policy_published/testing") == "y",
            ),
            rows=tuple(self._rows),
        )

    def _document_type(self, *_: object) -> None:
        raise InvalidReport("a document type is not allowed")

    def _begin(self, name: str, _: object) -> None:
        self._elements += 1
        self._path.append(name.rpartition(" ")[2])
        if len(self._path) > DEPTH or self._elements > ELEMENTS:
            raise InvalidReport("it is too deep or too large")
        self._text = ""

    def _characters(self, text: str) -> None:
        self._text = (self._text + text)[:TEXT_CHARACTERS]

    def _end(self, _: str) -> None:
        path, text = self._path[1:], self._text.strip()
        self._text = ""
        self._path.pop()
        if path[:1] != ["record"]:
            self._whole.setdefault("/".join(path), text)
        elif path == ["record"]:
            self._row()
        elif path[1:2] == ["auth_results"]:
            self._authenticated(path[2:], text)
        else:
            self._record.setdefault("/".join(path[1:]), text)

    def _authenticated(self, path: list[str], text: str) -> None:
        if len(path) == 2:
            self._result.setdefault(path[1], text)
        elif path == ["dkim"] and len(self._signatures) < _RESULTS:
            found, self._result = self._result, {}
            self._signatures.append(SignatureResult(found.get("domain", ""), found.get("result", ""), found.get("selector", "")))
        elif path == ["spf"]:
            found, self._result = self._result, {}
            for key, value in found.items():
                self._record.setdefault(f"spf/{key}", value)
        elif len(path) == 1:
            self._result = {}

    def _row(self) -> None:
        found, self._record = self._record, {}
        signatures, self._signatures = tuple(self._signatures), []
        if len(self._rows) >= ROWS:
            return
        sender = None
        if "spf/domain" in found:
            sender = SenderResult(found["spf/domain"], found.get("spf/result", ""), found.get("spf/scope", "mfrom"))
        self._rows.append(
            Row(
                source_address=found.get("row/source_ip", ""),
                disposition=found.get("row/policy_evaluated/disposition", "none"),
                dkim_aligned=found.get("row/policy_evaluated/dkim") == "pass",
                spf_aligned=found.get("row/policy_evaluated/spf") == "pass",
                header_from=found.get("identifiers/header_from", "").lower(),
                envelope_from=found.get("identifiers/envelope_from", ""),
                signatures=signatures,
                sender=sender,
                override=found.get("row/policy_evaluated/reason/type", ""),
                count=_number(found.get("row/count", "1")),
            )
        )


def _number(text: str | None) -> int:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else 0
