"""check_host() over a DNS in a dictionary. The published suite runs in tests/real."""

import ipaddress

import pytest
from tests.support.asked import answered

from posthouse.trust.questions import UNANSWERED, Answer, Question
from posthouse.trust.spf.check import check_helo, check_mail_from
from posthouse.trust.spf.verdict import Client, Identity, Result, Verdict

ZONE: dict[tuple[str, str], Answer | tuple[str, ...]] = {
    ("example.com", "TXT"): ("v=other", "v=spf1 mx a:a.example.com/28 include:inc.example.com -all exp=why.example.com"),
    ("example.com", "MX"): ("10 mail-a.example.com.", "20 mail-b.example.com."),
    ("mail-a.example.com", "A"): ("192.0.2.129",),
    ("mail-b.example.com", "A"): ("192.0.2.130",),
    ("mail-b.example.com", "AAAA"): ("2001:db8::25",),
    ("a.example.com", "A"): ("198.51.100.17",),
    ("inc.example.com", "TXT"): ("v=spf1 ip4:203.0.113.7 ip6:2001:db8:1::/48 ~all exp=other.example.com",),
    ("why.example.com", "TXT"): ("%{i} is not one of %{d}'s servers",),
    ("redirected.example", "TXT"): ("v=spf1 redirect=example.com",),
    ("slow.example", "TXT"): UNANSWERED,
    ("includes-slow.example", "TXT"): ("v=spf1 include:slow.example -all",),
    ("twice.example", "TXT"): ("v=spf1 -all", "v=spf1 +all"),
    ("loop.example", "TXT"): ("v=spf1 include:loop.example -all",),
    ("broken.example", "TXT"): ("v=spf1 ip4:x +all",),
    ("nothing.example", "TXT"): ("v=spf1 include:none.example -all",),
    ("ptr.example", "TXT"): ("v=spf1 ptr -all",),
    ("1.2.0.192.in-addr.arpa", "PTR"): ("liar.example.", "Host.PTR.example."),
    ("host.ptr.example", "A"): ("192.0.2.1",),
    ("liar.example", "A"): ("192.0.2.9",),
    ("voids.example", "TXT"): ("v=spf1 a:v1.example a:v2.example a:v3.example ip4:192.0.2.1 -all",),
    ("eai.example", "TXT"): ("v=spf1 exists:%{l}.u.example -all",),
    ("xn--r8jz45g.example", "TXT"): ("v=spf1 ip4:192.0.2.1 -all",),
    ("helo.example.com", "TXT"): ("v=spf1 ip4:192.0.2.1 -all",),
}


def check(address: str, domain: str, local_part: str = "who", asked: list[Question] | None = None) -> Verdict:
    client = Client(ipaddress.ip_address(address), "helo.example.com", "mx.example", 1)
    return answered(check_mail_from(client, local_part, domain), ZONE, asked)


@pytest.mark.parametrize(
    ("address", "domain", "result", "mechanism"),
    [
        ("192.0.2.130", "example.com", "pass", "mx"),
        ("::ffff:192.0.2.130", "example.com", "pass", "mx"),
        ("2001:db8::25", "example.com", "pass", "mx"),
        ("198.51.100.31", "example.com", "pass", "a:a.example.com/28"),
        ("198.51.100.32", "example.com", "fail", "-all"),
        ("203.0.113.7", "example.com", "pass", "include:inc.example.com"),
        ("2001:db8:1:2::3", "EXAMPLE.com", "pass", "include:inc.example.com"),
        ("203.0.113.8", "inc.example.com", "softfail", "~all"),
        ("192.0.2.129", "redirected.example", "pass", "mx"),
        ("192.0.2.1", "slow.example", "temperror", ""),
        ("192.0.2.1", "includes-slow.example", "temperror", "include:slow.example"),
        ("192.0.2.1", "twice.example", "permerror", ""),
        ("192.0.2.1", "loop.example", "permerror", "include:loop.example"),
        ("192.0.2.1", "broken.example", "permerror", ""),
        ("192.0.2.1", "nothing.example", "permerror", "include:none.example"),
        ("192.0.2.1", "none.example", "none", ""),
        ("192.0.2.1", "localhost", "none", ""),
        ("192.0.2.1", "[192.0.2.1]", "none", ""),
        ("192.0.2.1", "ptr.example", "pass", "ptr"),
        ("192.0.2.2", "ptr.example", "fail", "-all"),
        ("192.0.2.1", "voids.example", "permerror", "a:v3.example"),
        ("192.0.2.1", "例え.example", "pass", "ip4:192.0.2.1"),
    ],
)
def test_verdicts(address: str, domain: str, result: str, mechanism: str) -> None:
    verdict = check(address, domain)
    assert (verdict.result, verdict.mechanism) == (result, mechanism), verdict


def test_explanations_are_of_the_domain_that_decides() -> None:
    assert check("192.0.2.1", "example.com").explanation == "192.0.2.1 is not one of example.com's servers"
    assert check("192.0.2.1", "redirected.example").explanation == "192.0.2.1 is not one of example.com's servers"
    assert check("192.0.2.129", "example.com").explanation == ""


@pytest.mark.parametrize("text", ["ünfriendly", "%{x}", "bell \x07", "two\r\nlines", "long " * 101])
def test_explanations_that_nobody_repeats(text: str) -> None:
    client = Client(ipaddress.ip_address("192.0.2.1"), "h.example")
    zone = {**ZONE, ("why.example.com", "TXT"): (text,)}
    verdict = answered(check_mail_from(client, "who", "example.com"), zone)
    assert (verdict.result, verdict.explanation) == (Result.FAIL, "")


def test_helo() -> None:
    client = Client(ipaddress.ip_address("192.0.2.1"), "helo.example.com.")
    assert answered(check_helo(client), ZONE).identity is Identity.HELO
    empty = answered(check_mail_from(client, "", ""), ZONE)
    assert (empty.result, empty.identity, empty.domain) == (Result.PASS, Identity.HELO, "helo.example.com")


def test_local_parts_in_utf8_match_nothing() -> None:
    asked: list[Question] = []
    assert check("192.0.2.1", "eai.example", "θσερ", asked).result is Result.FAIL
    assert [question.name for question in asked] == ["eai.example"]


def test_hosts_are_asked_for_at_once_and_no_more_than_ten() -> None:
    many = {("m.example", "TXT"): ("v=spf1 mx -all",), ("m.example", "MX"): tuple(f"1 h{n}.example" for n in range(11))}
    client = Client(ipaddress.ip_address("192.0.2.1"), "h.example")
    assert answered(check_mail_from(client, "who", "m.example"), many).result is Result.PERMERROR


def test_questions_have_a_bound() -> None:
    """A record as wide as a record can be asks no more than ten terms allow."""
    zone = {("w.example", "TXT"): ("v=spf1 " + "mx " * 500,), ("w.example", "MX"): tuple(f"1 h{n}.example" for n in range(10))}
    zone.update({(f"h{n}.example", "A"): ("198.51.100.1",) for n in range(10)})
    asked: list[Question] = []
    client = Client(ipaddress.ip_address("192.0.2.1"), "h.example")
    assert answered(check_mail_from(client, "who", "w.example"), zone, asked).result is Result.PERMERROR
    assert len(asked) == 1 + 10 * 11
