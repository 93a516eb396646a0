"""Aggregate reports as XML: there and back, the RFC's example, and what must not hurt."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.reports.dmarc import AggregateReport, PublishedPolicy, Row, SenderResult, SignatureResult
from posthouse.formats.reports.dmarc_parsing import DEPTH, InvalidReport, parse_aggregate_report
from posthouse.formats.reports.dmarc_writing import write_aggregate_report

WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)
ROWS = st.builds(
    Row,
    source_address=st.ip_addresses().map(str),
    disposition=st.sampled_from(["none", "quarantine", "reject"]),
    dkim_aligned=st.booleans(),
    spf_aligned=st.booleans(),
    header_from=NAMES,
    envelope_from=NAMES,
    signatures=st.lists(st.builds(SignatureResult, NAMES, st.sampled_from(["pass", "fail"]), WORDS), max_size=3).map(tuple),
    sender=st.none() | st.builds(SenderResult, NAMES, st.sampled_from(["pass", "fail"]), st.sampled_from(["mfrom", "helo"])),
    override=st.sampled_from(["", "local_policy"]),
    count=st.integers(0, 10**9),
)
REPORTS = st.builds(
    AggregateReport,
    organisation=WORDS,
    address=WORDS,
    report_id=WORDS,
    begins_at=st.integers(0, 10**11),
    ends_at=st.integers(0, 10**11),
    policy=st.builds(
        PublishedPolicy,
        NAMES,
        st.sampled_from(["none", "quarantine", "reject"]),
        st.sampled_from(["none", "reject"]),
        st.sampled_from(["", "reject"]),
        st.sampled_from(["r", "s"]),
        st.sampled_from(["r", "s"]),
        st.integers(0, 100),
        st.booleans(),
    ),
    rows=st.lists(ROWS, max_size=4).map(tuple),
)
# As other houses write it: a namespace, an order of their own, elements nobody knows.
OTHERS = b"""<?xml version="1.0" encoding="UTF-8" ?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <report_metadata>
    <date_range><end>1764115199</end><begin>1764028800</begin></date_range>
    <org_name>Big &amp; Mail</org_name><email>noreply@big.example</email><report_id>9391651994964116463</report_id>
    <generator>Big 4.1</generator>
  </report_metadata>
  <policy_published>
    <domain>Example.TEST</domain><p>reject</p><discovery_method>treewalk</discovery_method>
  </policy_published>
  <record>
    <row>
      <source_ip>203.0.113.5</source_ip><count>12</count>
      <policy_evaluated><disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>
    </row>
    <identifiers><header_from>example.test</header_from></identifiers>
    <auth_results>
      <dkim><domain>other.example</domain><result>pass</result><selector>s1</selector></dkim>
      <dkim><domain>example.test</domain><result>fail</result></dkim>
      <spf><domain>other.example</domain><result>softfail</result></spf>
    </auth_results>
  </record>
</feedback>
"""


@given(REPORTS)
def test_what_is_written_is_read(report: AggregateReport) -> None:
    policy = report.policy
    if not policy.subdomain_policy:
        policy = PublishedPolicy(policy.domain, policy.policy, policy.policy)
    assert parse_aggregate_report(write_aggregate_report(report)) == report


def test_reports_of_others() -> None:
    report = parse_aggregate_report(OTHERS)
    assert (report.organisation, report.begins_at, report.ends_at) == ("Big & Mail", 1764028800, 1764115199)
    assert report.policy == PublishedPolicy("example.test", "reject")
    (row,) = report.rows
    assert (row.source_address, row.count, row.disposition, row.header_from) == ("203.0.113.5", 12, "reject", "example.test")
    assert row.signatures == (SignatureResult("other.example", "pass", "s1"), SignatureResult("example.test", "fail"))
    assert row.sender == SenderResult("other.example", "softfail")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<feedback>",
        b"<feedback/>",
        b"<!DOCTYPE feedback [<!ENTITY a 'x'>]>" + OTHERS.partition(b"?>")[2],
        b"<a>" * (DEPTH + 1) + b"</a>" * (DEPTH + 1),
        OTHERS.replace(b"UTF-8", b"x-unknown"),
    ],
)
def test_what_is_no_report(octets: bytes) -> None:
    with pytest.raises(InvalidReport):
        parse_aggregate_report(octets)


@given(st.binary(max_size=200))
def test_arbitrary_octets_are_no_report(octets: bytes) -> None:
    with pytest.raises(InvalidReport):
        parse_aggregate_report(octets)


@given(st.integers(0, len(OTHERS)), st.binary(max_size=8))
def test_a_damaged_report_is_read_or_refused(at: int, octets: bytes) -> None:
    with contextlib.suppress(InvalidReport):
        assert isinstance(parse_aggregate_report(OTHERS[:at] + octets + OTHERS[at:]), AggregateReport)
