"""Verification: the RFC's message, what may be changed in it and what not, and every refusal."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from tests.support.asked import answered
from tests.support.dkim_messages import BODY, ED25519_NAME, HEAD, KEYS, RSA_NAME, SIGNATURES, signing_keys

from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import sign
from posthouse.trust.dkim.verify import SIGNATURES as LOOKED_AT
from posthouse.trust.dkim.verify import Result, Verdict, examine, verify
from posthouse.trust.questions import UNANSWERED, Answer, Question

NOW = 1_528_637_909
ED25519, RSA = SIGNATURES[: SIGNATURES.index(b"DKIM", 1)], SIGNATURES[SIGNATURES.index(b"DKIM", 1) :]


def verdicts(
    head: bytes, body: bytes = BODY, zone: dict[tuple[str, str], Answer | tuple[str, ...]] | None = None, now: int = NOW
) -> tuple[Verdict, ...]:
    return answered(verify(examine(head, [body]), now), {**KEYS, **(zone or {})})


def only(
    head: bytes, body: bytes = BODY, zone: dict[tuple[str, str], Answer | tuple[str, ...]] | None = None, now: int = NOW
) -> Verdict:
    (verdict,) = verdicts(head, body, zone, now)
    return verdict


def test_the_message_of_rfc_8463() -> None:
    asked: list[Question] = []
    found = answered(verify(examine(SIGNATURES + HEAD, [BODY]), NOW), KEYS, asked)
    assert [verdict.result for verdict in found] == [Result.PASS, Result.PASS]
    assert [verdict.algorithm for verdict in found] == ["ed25519-sha256", "rsa-sha256"]
    assert found[0].domain == "football.example.com"
    assert found[0].identity == "@football.example.com"
    assert found[0].value == "/gCrinpc"
    assert (found[0].key_bits, found[1].key_bits) == (256, 1024)
    assert [question.name for question in asked] == [ED25519_NAME, RSA_NAME]


def test_what_may_change() -> None:
    """Relaxed forms allow white space, folding and case of names; fields that are not signed may come and go."""
    head = HEAD.replace(b"Subject: Is dinner", b"SUBJECT:   Is\r\n dinner")
    assert only(ED25519 + b"X-New: 1\r\n" + head, BODY.replace(b"  ", b" \t ") + b"\r\n\r\n").result is Result.PASS


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (HEAD.replace(b"dinner", b"supper"), BODY),
        (HEAD, BODY.replace(b"lost", b"won")),
        (HEAD, BODY + b"PS"),
        (b"Subject: added above\r\n" + HEAD, BODY),
        (HEAD + b"From: added@below.example\r\n", BODY),
        (HEAD.replace(b"Date", b"X-Date"), BODY),
    ],
)
def test_what_may_not_change(head: bytes, body: bytes) -> None:
    assert only(ED25519 + head, body).result is Result.FAIL


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        (b"v=1", b"v=2", Result.PERMERROR),
        (b"v=1; ", b"", Result.PERMERROR),
        (b"a=ed25519-sha256", b"a=rsa-sha1", Result.PERMERROR),
        (b"a=ed25519-sha256", b"a=rsa-sha256", Result.PERMERROR),  # the key is of another kind
        (b"c=relaxed/relaxed", b"c=relaxed/nowsp", Result.PERMERROR),
        (b"c=relaxed/relaxed", b"c=relaxed", Result.FAIL),  # the body is simple then, and its hash too here; the field has changed
        (b"q=dns/txt", b"q=http", Result.PERMERROR),
        (b"q=dns/txt", b"q=dns/txt; q=dns/txt", Result.PERMERROR),
        (b"i=@football.example.com", b"i=@example.com", Result.PERMERROR),
        (b"i=@football.example.com", b"i=football.example.com", Result.PERMERROR),
        (b"h=from :", b"h=x :", Result.FAIL),  # From comes twice in h=
        (b"t=1528637909", b"t=1528637909; x=1", Result.PERMERROR),
        (b"t=1528637909", b"x=1528637908", Result.FAIL),
        (b"t=1528637909", b"t=1528639999", Result.PERMERROR),
        (b"t=1528637909", b"t=now", Result.PERMERROR),
        (b"t=1528637909", b"l=100000", Result.PERMERROR),
        (b"bh=2jU", b"bh=!!", Result.PERMERROR),
        (b"s=brisbane", b"s=", Result.PERMERROR),
        (b"d=football", b"d=foot ball", Result.PERMERROR),
        (b" b=/gCr", b" b=/gCs", Result.FAIL),
        (b"; h=", b"; hh=", Result.PERMERROR),
    ],
)
def test_fields_that_are_wrong(old: bytes, new: bytes, result: Result) -> None:
    assert old in ED25519
    verdict = only(ED25519.replace(old, new, 1) + HEAD)
    assert verdict.result is result, verdict
    assert verdict.reason


P = KEYS[ED25519_NAME, "TXT"][0].partition("p=")[2]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (UNANSWERED, Result.TEMPERROR),
        (Answer(exists=False), Result.PERMERROR),
        (Answer(()), Result.PERMERROR),
        (("k=ed25519; p=",), Result.PERMERROR),  # revoked
        ((f"k=ed25519; v=DKIM1; p={P}",), Result.PERMERROR),
        ((f"v=DKIM2; k=ed25519; p={P}",), Result.PERMERROR),
        ((f"k=dsa; p={P}",), Result.PERMERROR),
        ((f"p={P}",), Result.PERMERROR),  # not an RSA key
        ((f"k=ed25519; h=sha1; p={P}",), Result.PERMERROR),
        ((f"k=ed25519; s=tlsrpt; p={P}",), Result.PERMERROR),
        (("k=ed25519; p=AAAA",), Result.PERMERROR),
        (("k=ed25519",), Result.PERMERROR),
        (("junk",), Result.PERMERROR),
        ((f"k=ed25519; h=sha1:sha256; s=email; n=note; x=y; t=s; p={P}",), Result.PASS),
        (("junk", f"k=ed25519; p={P}"), Result.PASS),  # one of several records
        ((f"k=ed25519; p={P[:20]} {P[20:]}",), Result.PASS),
    ],
)
def test_keys(answer: Answer | tuple[str, ...], result: Result) -> None:
    verdict = only(ED25519 + HEAD, zone={(ED25519_NAME, "TXT"): answer})
    assert verdict.result is result, verdict


def test_testing_and_strict_keys() -> None:
    assert only(ED25519 + HEAD, zone={(ED25519_NAME, "TXT"): (f"k=ed25519; t=y; p={P}",)}).testing
    below = ED25519.replace(b"i=@football", b"i=@sub.football")
    verdict = only(below + HEAD, zone={(ED25519_NAME, "TXT"): (f"k=ed25519; t=s; p={P}",)})
    assert (verdict.result, verdict.reason) == (Result.PERMERROR, "the key is not for subdomains")


@pytest.mark.parametrize("bits", [1000, 8200])
def test_rsa_keys_of_odd_sizes_are_refused(bits: int) -> None:
    public = RSAPublicNumbers(65537, (1 << (bits - 1)) + 1).public_key()
    verdict = only(RSA + HEAD, zone={(RSA_NAME, "TXT"): (key_record(public),)})
    assert verdict.result is Result.PERMERROR
    assert f"{bits} bits" in verdict.reason


def test_rsa_keys_with_huge_exponents_are_refused() -> None:
    public = RSAPublicNumbers((1 << 1000) + 1, (1 << 2047) + 1).public_key()
    verdict = only(RSA + HEAD, zone={(RSA_NAME, "TXT"): (key_record(public),)})
    assert (verdict.result, "exponent" in verdict.reason) == (Result.PERMERROR, True)


def test_no_signature_reads_no_body() -> None:
    body = iter([b"unread"])
    assert examine(HEAD, body) == ()
    assert list(body) == [b"unread"]
    assert answered(verify((), NOW), {}) == ()


def test_only_so_many_are_looked_at() -> None:
    assert len(verdicts(ED25519 * (LOOKED_AT + 5) + HEAD)) == LOOKED_AT


def test_what_is_not_signed_is_reported() -> None:
    """l= is honoured, and what stands behind it is counted; so are fields nobody vouches for."""
    _, key = signing_keys()
    signed = sign(b"From: a@example.com\r\n", [b"Hello\r\n"], [key], "example.com", NOW)
    zone = {("e._domainkey.example.com", "TXT"): (key_record(key.private.public_key()),)}
    assert only(signed + b"From: a@example.com\r\n", b"Hello\r\n", dict(zone)).result is Result.PASS
    verdict = only(ED25519.replace(b"from : subject : date;", b"from : subject : date; l=2;") + HEAD)
    assert verdict.result is Result.FAIL
    one_from = ED25519.replace(b" subject : date : message-id : from :", b" subject : date : message-id :")
    assert only(one_from + b"From: b@example.com\r\n" + HEAD).added_fields == ("from",)


def test_a_hash_of_the_beginning() -> None:
    digest = base64.b64encode(hashlib.sha256(BODY[:5]).digest())
    partial = ED25519.replace(b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=", digest + b"; l=5")
    verdict = only(partial + HEAD, b"Hi.\r\nand more\r\n")
    assert verdict.reason == "the signature does not fit the header"
    assert verdict.unsigned_octets == 10


def test_a_selector_with_dots_and_internationalised_domains() -> None:
    field = ED25519.replace(b"s=brisbane", b"s=a.b").replace(
        b"d=football.example.com; i=@football.example.com", "d=例え.example".encode()
    )
    assert only(field + HEAD).domain == "xn--r8jz45g.example"
