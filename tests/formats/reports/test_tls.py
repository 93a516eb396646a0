"""TLS reports as JSON: the example of RFC 8460 App. B, there and back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.reports.tls import (
    DateRange,
    FailureDetails,
    InvalidTlsReport,
    PolicyDescription,
    PolicyResults,
    Summary,
    TlsReport,
    moment,
    parse_tls_report,
    write_tls_report,
)

EXAMPLE = b"""{
  "organization-name": "Company-X",
  "date-range": {"start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z"},
  "contact-info": "sts-reporting@company-x.example",
  "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
  "policies": [{
    "policy": {
      "policy-type": "sts",
      "policy-string": ["version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400"],
      "policy-domain": "company-y.example",
      "mx-host": ["*.mail.company-y.example"]
    },
    "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
    "failure-details": [{
      "result-type": "certificate-expired",
      "sending-mta-ip": "2001:db8:abcd:0012::1",
      "receiving-mx-hostname": "mx1.mail.company-y.example",
      "failed-session-count": 100
    }, {
      "result-type": "validation-failure",
      "receiving-ip": "203.0.113.58",
      "failed-session-count": 3,
      "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
      "additional-information": "https://reports.company-x.example/report_info?id=5065427c-23d3"
    }]
  }]
}"""
TEXT = st.text(max_size=12)
COUNTS = st.integers(0, 10**9)
REPORTS = st.builds(
    TlsReport,
    TEXT,
    st.builds(DateRange, TEXT, TEXT),
    TEXT,
    st.lists(
        st.builds(
            PolicyResults,
            st.builds(PolicyDescription, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple), st.lists(TEXT, max_size=2).map(tuple)),
            st.builds(Summary, COUNTS, COUNTS),
            st.lists(st.builds(FailureDetails, TEXT, COUNTS, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    TEXT,
)


def test_the_example_of_the_rfc() -> None:
    report = parse_tls_report(EXAMPLE)
    (results,) = report.policies
    assert results.summary == Summary(5326, 303)
    assert [each.result_type for each in results.failure_details] == ["certificate-expired", "validation-failure"]
    assert results.policy.mx_host == ("*.mail.company-y.example",)
    assert moment(1459468800) == report.date_range.start_datetime


@given(REPORTS)
def test_what_is_written_is_read(report: TlsReport) -> None:
    assert parse_tls_report(write_tls_report(report)) == report


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b"\xff", b'{"organization-name": 1}'])
def test_what_is_no_report(octets: bytes) -> None:
    with pytest.raises(InvalidTlsReport):
        parse_tls_report(octets)


@given(st.binary(max_size=60) | st.integers(0, len(EXAMPLE)).map(lambda at: EXAMPLE[:at]))
def test_arbitrary_octets_are_a_report_or_none(octets: bytes) -> None:
    with contextlib.suppress(InvalidTlsReport):
        assert isinstance(parse_tls_report(octets), TlsReport)
