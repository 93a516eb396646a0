"""DMARC verdicts: alignment, policies, several authors."""

import pytest
from tests.support.asked import answered

from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dmarc.evaluate import Result, Verdict, author_domains, evaluate
from posthouse.trust.dmarc.record import Policy
from posthouse.trust.questions import UNANSWERED, Answer
from posthouse.trust.spf import verdict as spf

Zone = dict[tuple[str, str], Answer | tuple[str, ...]]
HEAD = b"From: Joe <joe@mail.example.com>\r\nTo: x@y.example\r\n"


def published(text: str) -> Zone:
    zone: Zone = {("_dmarc.example.com", "TXT"): (f"v=DMARC1; {text}",), ("mail.example.com", "MX"): ("1 x",)}
    return zone


def signed(domain: str, result: dkim.Result = dkim.Result.PASS) -> dkim.Verdict:
    return dkim.Verdict(result=result, domain=domain)


def sent(domain: str, result: spf.Result = spf.Result.PASS) -> spf.Verdict:
    return spf.Verdict(result=result, identity=spf.Identity.MAIL_FROM, domain=domain)


def judge(zone: Zone, *signatures: dkim.Verdict, sender: spf.Verdict | None = None, head: bytes = HEAD, sample: int = 0) -> Verdict:
    return answered(evaluate(head, sender, signatures, sample), zone)


@pytest.mark.parametrize(
    ("policy", "signer", "sender", "expected"),
    [
        ("p=reject", "example.com", None, (True, False)),
        ("p=reject", "other.example.com", None, (True, False)),
        ("p=reject", "mail.example.com", "bounce.example.com", (True, True)),
        ("p=reject", "example.net", "example.com", (False, True)),
        ("p=reject", "notexample.com", "com", (False, False)),
        ("p=reject; adkim=s", "example.com", "example.com", (False, True)),
        ("p=reject; adkim=s; aspf=s", "mail.example.com", "example.com", (True, False)),
    ],
)
def test_alignment(policy: str, signer: str, sender: str | None, expected: tuple[bool, bool]) -> None:
    verdict = judge(published(policy), signed(signer), sender=sent(sender) if sender else None)
    assert (verdict.dkim_aligned, verdict.spf_aligned) == expected
    assert verdict.result is (Result.PASS if any(expected) else Result.FAIL)
    assert verdict.disposition is (Policy.NONE if any(expected) else Policy.REJECT)
    assert (verdict.domain, verdict.policy_domain) == ("mail.example.com", "example.com")


def test_a_signer_with_an_organization_of_its_own_is_not_aligned() -> None:
    zone = {**published("p=reject"), ("_dmarc.tenant.example.com", "TXT"): ("v=DMARC1; p=none; psd=n",)}
    assert judge(zone, signed("tenant.example.com")).result is Result.FAIL
    assert judge(zone, signed("mail.tenant.example.com")).result is Result.FAIL


def test_only_what_passed_counts() -> None:
    verdict = judge(
        published("p=quarantine"), signed("example.com", dkim.Result.FAIL), sender=sent("example.com", spf.Result.SOFTFAIL)
    )
    assert (verdict.result, verdict.disposition) == (Result.FAIL, Policy.QUARANTINE)


@pytest.mark.parametrize(
    ("policy", "exists", "sample", "applied", "disposition"),
    [
        ("p=none; sp=reject", True, 0, Policy.REJECT, Policy.REJECT),
        ("p=none; sp=none; np=reject", True, 0, Policy.NONE, Policy.NONE),
        ("p=none; sp=none; np=reject", False, 0, Policy.REJECT, Policy.REJECT),
        ("p=reject; np=none", False, 0, Policy.NONE, Policy.NONE),
        ("p=reject; t=y", True, 0, Policy.REJECT, Policy.QUARANTINE),
        ("p=quarantine; t=y", True, 0, Policy.QUARANTINE, Policy.NONE),
        ("p=reject; pct=30", True, 29, Policy.REJECT, Policy.REJECT),
        ("p=reject; pct=30", True, 30, Policy.REJECT, Policy.QUARANTINE),
        ("p=quarantine; pct=0", True, 0, Policy.QUARANTINE, Policy.NONE),
    ],
)
def test_policies(policy: str, exists: bool, sample: int, applied: Policy, disposition: Policy) -> None:
    zone = published(policy)
    if not exists:
        del zone["mail.example.com", "MX"]
    verdict = judge(zone, sample=sample)
    assert (verdict.result, verdict.policy, verdict.disposition) == (Result.FAIL, applied, disposition)


def test_no_policy() -> None:
    assert judge({}).result is Result.NONE


def test_what_the_dns_does_not_answer() -> None:
    assert judge({("_dmarc.mail.example.com", "TXT"): UNANSWERED}).result is Result.TEMPERROR
    unsure = judge(published("p=reject"), signed("example.com", dkim.Result.TEMPERROR))
    assert (unsure.result, unsure.disposition) == (Result.TEMPERROR, Policy.NONE)
    assert judge(published("p=reject"), sender=sent("example.com", spf.Result.TEMPERROR)).result is Result.TEMPERROR
    assert (
        judge(published("p=reject"), signed("x.example", dkim.Result.TEMPERROR), sender=sent("example.com")).result is Result.PASS
    )
    exists: Zone = {("_dmarc.example.com", "TXT"): ("v=DMARC1; p=none; np=reject",), ("mail.example.com", "A"): UNANSWERED}
    assert judge(exists).disposition is Policy.NONE
    above: Zone = {("_dmarc.mail.example.com", "TXT"): ("v=DMARC1; p=reject",), ("_dmarc.example.com", "TXT"): UNANSWERED}
    assert judge(above, signed("other.mail.example.com")).result is Result.TEMPERROR
    assert judge(above, signed("mail.example.com")).result is Result.PASS
    assert judge(above).result is Result.FAIL, "with nothing to align the organization does not matter"
    below: Zone = {**published("p=reject"), ("_dmarc.x.example.com", "TXT"): UNANSWERED}
    assert judge(below, signed("x.example.com")).result is Result.TEMPERROR


def test_a_record_that_asks_for_nothing_hides_what_is_above_it() -> None:
    zone = {**published("p=reject"), ("_dmarc.mail.example.com", "TXT"): ("v=DMARC1; p=whatever",)}
    assert judge(zone).result is Result.NONE


def test_public_suffixes_with_a_policy() -> None:
    """The example of the public suffix with organizations below it (examples of the tree walk in RFC 9989)."""
    zone: Zone = {
        ("_dmarc.bank.example", "TXT"): ("v=DMARC1; p=reject; psd=y",),
        ("_dmarc.giant.bank.example", "TXT"): ("v=DMARC1; p=quarantine",),
    }
    head = b"From: a@giant.bank.example\r\n"
    verdict = judge(zone, signed("mail.mega.bank.example"), sender=sent("mail.giant.bank.example"), head=head)
    assert (verdict.dkim_aligned, verdict.spf_aligned, verdict.policy_domain) == (False, True, "giant.bank.example")
    other = judge(zone, signed("mail.giant.bank.example"), head=b"From: a@mega.bank.example\r\n")
    assert (other.result, other.policy_domain, other.disposition) == (Result.FAIL, "bank.example", Policy.REJECT)


def test_deep_domains() -> None:
    """The deep example of the tree walk in RFC 9989."""
    zone: Zone = {
        ("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject",),
        ("_dmarc.signing.example.com", "TXT"): ("v=DMARC1; p=none",),
    }
    head = b"From: a@a.b.c.d.e.f.g.h.i.j.k.example.com\r\n"
    verdict = judge(zone, signed("signing.example.com"), sender=sent("example.com"), head=head)
    assert (verdict.result, verdict.dkim_aligned, verdict.spf_aligned) == (Result.PASS, True, True)


def test_of_several_authors_the_strictest_counts() -> None:
    head = b"From: a@one.example, b@two.example\r\n"
    zone: Zone = {
        ("_dmarc.one.example", "TXT"): ("v=DMARC1; p=quarantine",),
        ("_dmarc.two.example", "TXT"): ("v=DMARC1; p=reject",),
    }
    verdict = judge(zone, signed("one.example"), head=head)
    assert (verdict.result, verdict.domain) == (Result.FAIL, "two.example")
    assert judge(zone, signed("one.example"), signed("two.example"), head=head).result is Result.PASS
    many = b"From: " + b", ".join(b"a@d%d.example" % number for number in range(9)) + b"\r\n"
    assert judge(zone, head=many).result is Result.PERMERROR


@pytest.mark.parametrize(
    ("head", "domains"),
    [
        (HEAD, ["mail.example.com"]),
        (b"From: a@B.example, c@b.example., d@c.example\r\n", ["b.example", "c.example"]),
        ("From: a@例え.example\r\n".encode(), ["xn--r8jz45g.example"]),
        (b"From: =?utf-8?q?a=40bank.example?= <a@b.example>\r\n", ["b.example"]),
        (b"To: a@b.example\r\n", None),
        (HEAD + HEAD, None),
        (b"From: nobody\r\n", None),
        (b"From: a@[192.0.2.1]\r\n", None),
        (b"From: a@b..example\r\n", None),
        (b"From: a@b.example, x@y_z!\r\n", None),
        (b"From:\r\n", None),
    ],
)
def test_authors(head: bytes, domains: list[str] | None) -> None:
    assert author_domains(head) == domains
    if domains is None:
        assert judge({}, head=head).result is Result.PERMERROR
