"""The tree walk: names, organizational domains, whose policy counts (RFC 9989 §4.10)."""

import pytest
from tests.support.asked import answered

from posthouse.trust.dmarc.tree import LABELS, Walk, steps, walk
from posthouse.trust.questions import UNANSWERED, Answer, Question


def walked(domain: str, **records: str) -> Walk:
    zone = {(f"_dmarc.{name.replace('_', '.')}", "TXT"): (f"v=DMARC1; p=none; {text}",) for name, text in records.items()}
    return answered(walk(domain), zone)


def test_steps() -> None:
    assert steps("a.b.c") == ["a.b.c", "b.c", "c"]
    assert steps("c") == ["c"]
    eight = "a.b.c.d.e.f.example.com"
    assert steps(eight)[1] == "b.c.d.e.f.example.com"
    many = steps("1.2.3.4.5.6.7.8.9.mail.example.com")
    assert many[0] == "1.2.3.4.5.6.7.8.9.mail.example.com"
    assert many[1] == "6.7.8.9.mail.example.com"
    assert len(many) == LABELS


@pytest.mark.parametrize(
    ("records", "organization", "policy"),
    [
        ({}, "a.mail.example.com", None),
        ({"example_com": ""}, "example.com", "example.com"),
        ({"a_mail_example_com": "", "example_com": ""}, "example.com", "a.mail.example.com"),
        ({"mail_example_com": "psd=n", "example_com": ""}, "mail.example.com", "mail.example.com"),
        ({"com": "psd=y"}, "example.com", "com"),
        ({"com": "psd=y", "example_com": ""}, "example.com", "example.com"),
        ({"example_com": "psd=y"}, "mail.example.com", "example.com"),
        ({"a_mail_example_com": "psd=y"}, "a.mail.example.com", "a.mail.example.com"),
        ({"com": ""}, "com", "com"),
    ],
)
def test_organizations(records: dict[str, str], organization: str, policy: str | None) -> None:
    found = walked("a.mail.example.com", **records)
    assert found.organizational_domain == organization
    counted = found.policy()
    assert (counted[0] if counted else None) == policy


def test_several_records_are_none() -> None:
    zone: dict[tuple[str, str], Answer | tuple[str, ...]] = {
        ("_dmarc.b.example", "TXT"): ("v=DMARC1; p=none", "v=DMARC1; p=reject"),
        ("_dmarc.example", "TXT"): ("v=spf1", "v=DMARC1; p=none"),
    }
    assert [name for name, _ in answered(walk("b.example"), zone).records] == ["example"]


def test_the_walk_stops_where_it_knows_enough_or_gets_no_answer() -> None:
    asked: list[Question] = []
    answered(walk("a.b.example"), {("_dmarc.b.example", "TXT"): ("v=DMARC1; p=none; psd=n",)}, asked)
    assert [question.name for question in asked] == ["_dmarc.a.b.example", "_dmarc.b.example"]
    assert answered(walk("b.example"), {("_dmarc.b.example", "TXT"): UNANSWERED}).unanswered
