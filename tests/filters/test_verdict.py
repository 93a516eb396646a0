"""Verdicts as they are kept."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.verdict import Finding, Verdict, read_verdict, write_verdict

TEXT = st.text(max_size=20)
FINDINGS = st.builds(Finding, TEXT, TEXT, TEXT, st.floats(-100, 100))
VERDICTS = st.builds(
    Verdict,
    *[TEXT] * 5,
    recipients=st.lists(TEXT, max_size=3).map(tuple),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    junk=TEXT,
    answerable=st.booleans(),
)


@given(VERDICTS)
def test_what_is_written_is_read(verdict: Verdict) -> None:
    assert read_verdict(write_verdict(verdict)) == verdict


@given(st.binary(max_size=40))
def test_what_cannot_be_read_says_nothing(octets: bytes) -> None:
    assert isinstance(read_verdict(octets), Verdict)


def test_verdicts_of_older_messages() -> None:
    old = b'{"address":"192.0.2.1","name":"x","protocol":"ESMTP","sender":"a@b.example","recipients":["c@d.example"]}'
    assert read_verdict(old) == Verdict("192.0.2.1", "x", "ESMTP", "a@b.example", recipients=("c@d.example",))


def test_findings_in_words() -> None:
    assert str(Finding("spf", "pass", "example.org")) == "spf pass (example.org)"
    assert str(Finding("list", "listed", "bl.example", 6.5)) == "list listed +6.5 (bl.example)"
    assert str(Finding("hello", "pass")) == "hello pass"
