"""Writing DMARC aggregate reports as XML (the schema of RFC 7489 App. C, which every reader knows)."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from posthouse.formats.reports.dmarc import AggregateReport, PublishedPolicy, Row

TEXT_CHARACTERS: Final = 1_000


def write_aggregate_report(report: AggregateReport) -> bytes:
    """The report as an XML document in UTF-8."""
    return ("\n".join(_document(report)) + "\n").encode("utf-8", "replace")


def _document(report: AggregateReport) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<feedback>"
    yield " <version>1.0</version>"
    yield " <report_metadata>"
    yield f"  {_element('org_name', report.organisation)}"
    yield f"  {_element('email', report.address)}"
    yield f"  {_element('report_id', report.report_id)}"
    yield f"  <date_range><begin>{report.begins_at}</begin><end>{report.ends_at}</end></date_range>"
    yield " </report_metadata>"
    yield from _policy(report.policy)
    for row in report.rows:
        yield from _record(row)
    yield "</feedback>"


def _policy(policy: PublishedPolicy) -> Iterator[str]:
    yield " <policy_published>"
    yield f"  {_element('domain', policy.domain)}"
    yield f"  {_element('adkim', policy.dkim_alignment)}"
    yield f"  {_element('aspf', policy.spf_alignment)}"
    yield f"  {_element('p', policy.policy)}"
    yield f"  {_element('sp', policy.subdomain_policy or policy.policy)}"
    if policy.nonexistent_policy:
        yield f"  {_element('np', policy.nonexistent_policy)}"
    yield f"  <pct>{policy.percent}</pct>"
    if policy.testing:
        yield "  <testing>y</testing>"
    yield " </policy_published>"


def _record(row: Row) -> Iterator[str]:
    yield " <record>"
    yield "  <row>"
    yield f"   {_element('source_ip', row.source_address)}"
    yield f"   <count>{row.count}</count>"
    yield "   <policy_evaluated>"
    yield f"    {_element('disposition', row.disposition)}"
    yield f"    <dkim>{_word(row.dkim_aligned)}</dkim>"
    yield f"    <spf>{_word(row.spf_aligned)}</spf>"
    if row.override:
        yield f"    <reason>{_element('type', row.override)}</reason>"
    yield "   </policy_evaluated>"
    yield "  </row>"
    yield "  <identifiers>"
    yield f"   {_element('header_from', row.header_from)}"
    yield f"   {_element('envelope_from', row.envelope_from)}"
    yield "  </identifiers>"
    yield "  <auth_results>"
    for signature in row.signatures:
        selector = _element("selector", signature.selector) if signature.selector else ""
        domain, result = _element("domain", signature.domain), _element("result", signature.result)
        yield f"   <dkim>{domain}{selector}{result}</dkim>"
    if row.sender is not None:
        domain, scope = _element("domain", row.sender.domain), _element("scope", row.sender.scope)
        yield f"   <spf>{domain}{scope}{_element('result', row.sender.result)}</spf>"
    yield "  </auth_results>"
    yield " </record>"


def _element(name: str, text: str) -> str:
    kept = "".join(character if character.isprintable() else " " for character in text[:TEXT_CHARACTERS])
    return f"<{name}>{escape(kept)}</{name}>"


def _word(aligned: bool) -> str:
    return "pass" if aligned else "fail"
