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
from posthouse.protocols.smtp.types import Body, MailParameters, Notify, OriginalRecipient, RcptParameters, Ret

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


@given(RCPT)
def test_rcpt_round_trip(parameters: RcptParameters) -> None:
    assert rcpt_parameters(write_rcpt_parameters(parameters)) == parameters


@given(TEXT | st.from_regex(r"(SIZE|BODY|ENVID|NOTIFY|ORCPT)=?[A-Za-z0-9;,+\\{}]*( [A-Z]+=)?", fullmatch=True))
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
