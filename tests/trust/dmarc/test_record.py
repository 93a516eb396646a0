"""DMARC records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.trust.dmarc.record import Alignment, Kind, Policy, is_record, record


def test_everything_said() -> None:
    found = record(
        "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; pct=25; t=y; psd=n; fo=1:d; ri=3600;"
        " rua=mailto:a@example.com!10m,https://example.com/x; ruf=mailto:f@example.com"
    )
    assert (found.policy, found.subdomain_policy, found.nonexistent_policy) == (Policy.REJECT, Policy.QUARANTINE, Policy.NONE)
    assert (found.dkim_alignment, found.spf_alignment) == (Alignment.STRICT, Alignment.RELAXED)
    assert (found.percent, found.testing, found.kind, found.report_seconds) == (25, True, Kind.ORGANIZATION, 3600)
    assert found.aggregate_reports == ("mailto:a@example.com!10m", "https://example.com/x")
    assert found.failure_reports == ("mailto:f@example.com",)
    assert found.failure_options == ("1", "d")


def test_defaults() -> None:
    found = record("v=DMARC1;p=quarantine")
    assert found.subdomain_policy is found.nonexistent_policy is Policy.QUARANTINE
    assert (found.percent, found.testing, found.kind) == (100, False, Kind.UNKNOWN)
    below = record("v=DMARC1;p=none;sp=reject")
    assert below.nonexistent_policy is Policy.REJECT


def test_what_cannot_be_read_has_its_default() -> None:
    found = record("v=DMARC1 ; P=Reject ; adkim=x ; pct=many ; psd=maybe ; t= ; junk ; ;;=; unknown=1 ; ri=-1")
    assert (found.policy, found.dkim_alignment, found.percent, found.kind) == (Policy.REJECT, Alignment.RELAXED, 100, Kind.UNKNOWN)
    assert found.report_seconds == 86_400


@pytest.mark.parametrize(
    "text", ["v=DMARC1; rua=mailto:a@b.c", "v=DMARC1; p=block; rua=mailto:a@b.c", "v=DMARC1; p=reject; sp=x; rua=mailto:a@b.c"]
)
def test_a_policy_that_cannot_be_read_is_none_where_reports_are_wanted(text: str) -> None:
    found = record(text)
    assert found.policy is found.subdomain_policy is Policy.NONE
    assert found.applies
    assert not record(text.replace("rua", "rux")).applies


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v=DMARC1", True), (" v = DMARC1 ;p=none", True), ("v=DMARC1p", False), ("v=dmarc1;", False), ("p=none; v=DMARC1", False)],
)
def test_what_is_a_record(text: str, expected: bool) -> None:
    assert is_record(text) is expected


@given(st.text(st.sampled_from("psadkimrvut=;: ,n1y"), max_size=40))
def test_nothing_raises(text: str) -> None:
    found = record("v=DMARC1;" + text)
    assert found.policy in Policy
