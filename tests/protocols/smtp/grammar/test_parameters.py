"""Parameters of MAIL and RCPT."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.grammar.parameters import (
    mail_parameters,
    rcpt_parameters,
    write_mail_parameters,
    write_original_recipient,
    write_rcpt_parameters,
)
from posthouse.protocols.smtp.types import Body, DeliverBy, MailParameters, Notify, OriginalRecipient, RcptParameters, Ret

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
MAIL = st.builds(
    MailParameters,
    size=st.none() | st.integers(0, 10**20 - 1),
    body=st.none() | st.sampled_from(Body),
    smtputf8=st.booleans(),
    auth=st.none() | TEXT,
    ret=st.none() | st.sampled_from(Ret),
    envid=st.none() | TEXT,
    require_tls=st.booleans(),
    hold_for=st.none() | st.integers(1, 999_999_999),
    deliver_by=st.none()
    | st.builds(DeliverBy, st.integers(1, 999_999_999), st.sampled_from("RN"), st.booleans())
    | st.builds(DeliverBy, st.integers(-999_999_999, 0), st.just("N"), st.booleans()),
    priority=st.none() | st.integers(-9, 9),
)
NOTIFY = st.just(Notify.NEVER) | st.sets(st.sampled_from([Notify.SUCCESS, Notify.FAILURE, Notify.DELAY]), min_size=1).map(
    lambda flags: Notify(sum(flags))
)
RCPT = st.builds(
    RcptParameters,
    notify=st.none() | NOTIFY,
    orcpt=st.none() | st.builds(OriginalRecipient, st.sampled_from(["rfc822", "utf-8", "x400"]), TEXT),
)


@given(MAIL)
def test_mail_round_trip(parameters: MailParameters) -> None:
    assert mail_parameters(write_mail_parameters(parameters)) == parameters


@given(st.integers(0, 253_402_300_799))
def test_moments_round_trip(moment: int) -> None:
    parameters = MailParameters(hold_until=moment)
    assert mail_parameters(write_mail_parameters(parameters)) == parameters


def test_examples_of_the_standards() -> None:
    assert mail_parameters("HOLDFOR=86400").hold_for == 86_400  # RFC 4865 §7
    assert mail_parameters("HOLDUNTIL=2006-12-24T18:00:00+01:00").hold_until == 1_166_979_600
    assert mail_parameters("HOLDUNTIL=2016-12-31T23:59:60Z").hold_until == 1_483_228_800
    assert mail_parameters("by=120;r").deliver_by == DeliverBy(120, "R")  # RFC 2852 §4
    assert mail_parameters("BY=-5;NT").deliver_by == DeliverBy(-5, "N", trace=True)
    assert mail_parameters("MT-PRIORITY=-3").priority == -3  # RFC 6710 §4.1


@given(RCPT)
def test_rcpt_round_trip(parameters: RcptParameters) -> None:
    assert rcpt_parameters(write_rcpt_parameters(parameters)) == parameters


@given(
    TEXT
    | st.from_regex(r"(SIZE|BODY|ENVID|NOTIFY|ORCPT|HOLDUNTIL|BY|MT-PRIORITY)=?[-:TZ.A-Za-z0-9;,+\\{}]*( [A-Z]+=)?", fullmatch=True)
)
def test_anything_is_parameters_or_a_violation(text: str) -> None:
    for parse in (mail_parameters, rcpt_parameters):
        with contextlib.suppress(SyntaxViolation):
            parse(text)


def test_case_does_not_matter() -> None:
    assert mail_parameters("size=7 Body=8bitmime ret=hdrs smtputf8") == MailParameters(
        7, Body.EIGHT_BIT_MIME, smtputf8=True, ret=Ret.HEADERS
    )
    assert rcpt_parameters("notify=success,Failure orcpt=RFC822;a@b") == RcptParameters(
        Notify.SUCCESS | Notify.FAILURE, OriginalRecipient("rfc822", "a@b")
    )


@pytest.mark.parametrize(
    "text",
    [
        "SIZE",
        "SIZE=",
        "SIZE=-1",
        "SIZE=1x",
        f"SIZE={10**20}",
        "SIZE=٣",
        "BODY=9BIT",
        "BODY",
        "RET=ALL",
        "ENVID",
        "ENVID=+",
        f"ENVID={'x' * 101}",
        "SMTPUTF8=yes",
        "AUTH",
        "=x",
        "SIZE=1=2",
        "SIZE=1 SIZE=1",
        "HOLDFOR=0",
        "HOLDFOR=1000000000",
        "HOLDFOR=1 HOLDUNTIL=2026-01-01T00:00:00Z",
        "HOLDUNTIL=2026-02-30T00:00:00Z",
        "HOLDUNTIL=2026-01-01T00:00:61Z",
        "HOLDUNTIL=2026-01-01T00:00:00+24:00",
        "HOLDUNTIL=2026-01-01",
        "BY=120",
        "BY=0;R",
        "BY=-1;R",
        "BY=1;X",
        "MT-PRIORITY=10",
        "MT-PRIORITY=+1",
        "MT-PRIORITY=-0",
    ],
)
def test_refused_mail_parameters(text: str) -> None:
    with pytest.raises(SyntaxViolation):
        mail_parameters(text)


@pytest.mark.parametrize(
    "text",
    ["NOTIFY", "NOTIFY=", "NOTIFY=,", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SOON", "ORCPT=a@b", "ORCPT=;a", "ORCPT=rfc822;"],
)
def test_refused_rcpt_parameters(text: str) -> None:
    with pytest.raises(SyntaxViolation):
        rcpt_parameters(text)


def test_orcpt_is_bounded() -> None:
    rcpt_parameters(f"ORCPT=rfc822;{'x' * 493}")
    with pytest.raises(SyntaxViolation):
        rcpt_parameters(f"ORCPT=rfc822;{'x' * 494}")


def test_original_recipient_is_ascii_on_the_wire() -> None:
    assert write_original_recipient(OriginalRecipient("utf-8", "á+@b")) == r"utf-8;\x{E1}\x{2B}@b"
    assert write_original_recipient(OriginalRecipient("rfc822", "a+@b")) == "rfc822;a+2B@b"
