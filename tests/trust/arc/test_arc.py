"""Chains: whole ones, broken ones, and whom to believe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.asked import answered
from tests.support.dkim_messages import HEAD
from tests.support.sealing import KEYS, seal

from posthouse.trust.arc.verify import Result, Verdict, verify, vouched
from posthouse.trust.examination import examine
from posthouse.trust.questions import UNANSWERED, Answer, Question

BODY = b"Hello\r\n"
NOW = 1_800_000_000


def validated(head: bytes, body: bytes = BODY, zone: dict[tuple[str, str], Answer | tuple[str, ...]] | None = None) -> Verdict:
    return answered(verify(examine(head, [body]).chain, NOW), zone if zone is not None else KEYS)


def sealed(times: int) -> bytes:
    head = HEAD
    for _ in range(times):
        head = seal(head, BODY)
    return head


@pytest.mark.parametrize("times", [1, 2, 3, 9])
def test_whole_chains(times: int) -> None:
    asked: list[Question] = []
    verdict = answered(verify(examine(sealed(times), [BODY]).chain, NOW), KEYS, asked)
    assert (verdict.result, verdict.reason) == (Result.PASS, "")
    assert verdict.sealers == ("sealer.example",) * times
    assert verdict.results[0].results[0].value("smtp", "mailfrom") == "a@b.example"
    assert len(asked) == 1


def test_no_chain() -> None:
    assert validated(HEAD).result is Result.NONE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"dinner", b"supper"),
        (b"smtp.mailfrom=a@b", b"smtp.mailfrom=c@b"),
        (b"i=1; sealer.example", b"i=2; sealer.example"),
        (b"i=1; sealer.example", b"i=0; sealer.example"),
        (b"cv=pass", b"cv=fail"),
        (b"cv=pass", b"cv=none"),
        (b"cv=none", b"cv=pass"),
        (b"cv=none", b"cv=unknown"),
        (b"ARC-Seal: i=2;", b"ARC-Seal: i=2; h=from;"),
        (b"ARC-Seal: i=2;", b"ARC-Seal: i=51;"),
        (b"ARC-Seal: i=2;", b"X-Seal: i=2;"),
        (b"h=from:subject", b"h=from:subject:arc-seal"),
        (b"h=from:subject", b"h=subject"),
        (b"c=relaxed/relaxed", b"c=relaxed/relaxed;v=1"),
        (b"ARC-Seal: i=1; a=ed25519-sha256", b"ARC-Seal: i=1; a=rsa-sha256"),
    ],
)
def test_broken_chains(old: bytes, new: bytes) -> None:
    head = sealed(2)
    assert old in head
    verdict = validated(head.replace(old, new))
    assert verdict.result is Result.FAIL
    assert verdict.reason
    assert (verdict.sealers, verdict.results) == ((), ())


def test_a_changed_body_and_repeated_fields() -> None:
    head = sealed(1)
    assert validated(head, b"Bye\r\n").result is Result.FAIL
    assert validated(head + head[: head.index(b"\r\n") + 2]).result is Result.FAIL


def test_only_the_newest_message_signature_counts_for_the_body() -> None:
    """Whoever changes a message seals it again; what earlier signatures say about it no longer holds, their seals do."""
    head = seal(sealed(1).replace(b"dinner", b"supper"), BODY)
    assert validated(head).result is Result.PASS


def test_keys_that_are_away() -> None:
    name = ("e._domainkey.sealer.example", "TXT")
    assert validated(sealed(1), zone={name: UNANSWERED}).result is Result.TEMPERROR
    assert validated(sealed(1), zone={}).result is Result.FAIL
    assert validated(sealed(1), zone={name: ("k=ed25519; p=",)}).result is Result.FAIL


def test_fifty_one_sets_are_too_many() -> None:
    one = sealed(1)[: -len(HEAD)]
    head = b"".join(one.replace(b"i=1;", b"i=%d;" % number) for number in range(1, 52)) + HEAD
    assert validated(head).result is Result.FAIL


def test_results_in_nobodys_grammar_do_not_break_a_chain() -> None:
    verdict = validated(seal(HEAD, BODY, results=b"mx; spf pass"))
    assert verdict.result is Result.PASS
    assert verdict.results[0].results == ()


def test_whom_to_believe() -> None:
    head = seal(seal(seal(HEAD, BODY, b"a.example; dmarc=pass"), BODY, b"b.example; dmarc=fail"), BODY, b"c.example; dmarc=none")
    verdict = validated(head)
    found = vouched(verdict, {"sealer.example"})
    assert found is not None
    assert found.authserv_id == "a.example"
    assert vouched(verdict, {"other.example"}) is None
    assert vouched(Verdict(result=Result.FAIL), {"sealer.example"}) is None
    mixed = Verdict(result=Result.PASS, sealers=("x", "y", "sealer.example"), results=verdict.results)
    newest = vouched(mixed, {"sealer.example", "x"})
    assert newest is not None
    assert newest.authserv_id == "c.example"


_FIELDS = st.sampled_from(
    [
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.y; s=z; b=AA==\r\n",
        b"ARC-Message-Signature: i=1; a=rsa-sha256; d=x.y; s=z; h=from; bh=AA==; b=AA==\r\n",
        b"ARC-Authentication-Results: i=1; x.y; none\r\n",
        b"ARC-Seal: i=x\r\n",
        b"ARC-Authentication-Results: (\r\n",
        b"ARC-Message-Signature: \xff\r\n",
        b"From: a@b.example\r\n",
    ]
)


@given(st.lists(_FIELDS, max_size=6))
def test_anything_is_a_chain_or_is_none(fields: list[bytes]) -> None:
    head = b"".join(fields)
    verdict = validated(head, zone={})
    assert (verdict.result is Result.NONE) is (b"ARC-" not in head)
    assert verdict.result in {Result.NONE, Result.FAIL}
