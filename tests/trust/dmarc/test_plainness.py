"""From fields that are read in one way, and those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.trust.dmarc.evaluate import author_domains
from posthouse.trust.dmarc.plainness import is_plain


@pytest.mark.parametrize(
    ("body", "domains"),
    [
        (b"a@good.example", ["good.example"]),
        (b"a.b-c+d@good.example (A. B.)", ["good.example"]),
        (b"<a@good.example>", ["good.example"]),
        (b"A B <a@good.example>", ["good.example"]),
        (b'"B, A" (x) <a@good.example> (y)', ["good.example"]),
        (b'"a b"@good.example', ["good.example"]),
        (b"a@other.example <a@good.example>", ["good.example"]),
        (b"=?utf-8?b?YUBvdGhlci5leGFtcGxl?= <a@good.example>", ["good.example"]),
        (b"A <a@good.example>, b@bad.example,", ["good.example", "bad.example"]),
        (b"us: a@good.example, B <b@bad.example>;", ["good.example", "bad.example"]),
        (b"<a@good.example> <b@bad.example>", None),
        (b"<b@bad.example> a@good.example", None),
        (b"a@good.example b@bad.example", None),
        (b"a@good.example\x00@bad.example", None),
        (b"a@good.example\r\n (x)@bad.example", None),
        (b"<@bad.example,@any.example:a@good.example>", None),
        (b"a@good.example:b@bad.example;", None),
        (b"<<a@good.example>>", None),
        (b"<a@good.example", None),
        (b"a@good.example>", None),
        (b"A <>", None),
        (b"nobody", None),
        (b"", None),
    ],
)
def test_what_has_an_author(body: bytes, domains: list[str] | None) -> None:
    assert author_domains(b"From: " + body + b"\r\n") == domains


@given(st.lists(st.sampled_from([b"a", b"@", b"<", b">", b",", b":", b";", b"(", b")", b'"', b" ", b"b.example"]), max_size=14))
def test_no_plain_entry_has_two_addresses(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    if is_plain(body) and not any(sign in body for sign in (b'"', b"(", b",", b";", b":", b"<")):
        assert body.count(b"@") <= 1
