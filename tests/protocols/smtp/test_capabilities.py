"""What is offered, and what may be asked for then."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.capabilities import (
    Capabilities,
    Extension,
    ehlo_reply,
    mail_refusal,
    offer,
    rcpt_refusal,
    read_capabilities,
)
from posthouse.protocols.smtp.commands import Mail, Rcpt
from posthouse.protocols.smtp.types import Body, DeliverBy, MailParameters, Notify, RcptParameters

WITH_VALUES = {Extension.SIZE, Extension.AUTH, Extension.LIMITS, Extension.BURL, Extension.FUTURERELEASE}


@given(
    st.sets(st.sampled_from(sorted(set(Extension) - WITH_VALUES))),
    st.integers(0, 10**12),
    st.lists(st.sampled_from(["PLAIN", "LOGIN"]), unique=True),
    st.none() | st.integers(1, 999_999),
    st.sampled_from([None, "", "imap", "imap imap://mail.example.test"]),
    st.none() | st.tuples(st.integers(1, 999_999_999), st.integers(0, 2**33)),
)
def test_client_reads_what_server_offers(
    always: set[Extension], size: int, mechanisms: list[str], most: int | None, burl: str | None, hold: tuple[int, int] | None
) -> None:
    offered = offer(*always, size_octets=size, mechanisms=mechanisms, most_recipients=most, burl=burl, future_release=hold)
    _, *lines = ehlo_reply("mx.example.test", offered).text.split("\n")
    read = read_capabilities(lines)
    assert read == offered
    assert all(extension in read for extension in always)
    assert (Extension.BURL in read, read.takes_imap_urls) == (burl is not None, bool(burl))
    assert (read.size_octets, read.mechanisms, read.most_recipients) == (size or None, tuple(mechanisms), most)
    assert read.future_release == hold


@given(st.lists(st.text(max_size=20)))
def test_reads_anything(lines: list[str]) -> None:
    read = read_capabilities(lines)
    assert read.size_octets != 0
    assert isinstance(read.mechanisms, tuple)


def test_reads_the_old_announcement_of_auth() -> None:
    assert read_capabilities(["AUTH=LOGIN PLAIN"]).mechanisms == ("LOGIN", "PLAIN")
    assert read_capabilities(["AUTH PLAIN", "AUTH=LOGIN"]).mechanisms == ("PLAIN", "LOGIN")
    assert read_capabilities(["auth plain", "AUTH login"]).mechanisms == ("PLAIN", "LOGIN")


def test_absurd_numbers_are_no_limit() -> None:
    read = read_capabilities(["SIZE " + "9" * 30, "LIMITS RCPTMAX=" + "9" * 30 + " MAILMAX=1"])
    assert read.size_octets is None
    assert read.most_recipients is None
    assert Capabilities().size_octets is None


def test_refusals() -> None:
    everything = offer(*Extension, size_octets=10)
    nothing = offer(size_octets=0)
    for parameters in (
        MailParameters(body=Body.EIGHT_BIT_MIME),
        MailParameters(body=Body.BINARY_MIME),
        MailParameters(smtputf8=True),
        MailParameters(envid="x"),
        MailParameters(require_tls=True),
    ):
        assert mail_refusal(Mail(None, parameters), everything) is None
        refused = mail_refusal(Mail(None, parameters), nothing)
        assert refused is not None
        assert refused.code == 555
    assert mail_refusal(Mail(None, MailParameters(11)), everything) is replies.MESSAGE_TOO_BIG
    assert mail_refusal(Mail(None, MailParameters(11)), nothing) is None
    rcpt = Rcpt(Address("á", "b"), RcptParameters(Notify.NEVER))
    assert rcpt_refusal(rcpt, everything, smtputf8=True) is None
    assert rcpt_refusal(rcpt, everything, smtputf8=False) is replies.NON_ASCII_RECIPIENT
    assert rcpt_refusal(rcpt, nothing, smtputf8=True) is not None
    assert mail_refusal(Mail(Address("a", "é")), everything) is replies.NON_ASCII_SENDER


def test_what_is_about_time_is_taken_where_it_is_offered() -> None:
    plain, held = offer(size_octets=9), offer(size_octets=9, future_release=(100, 2_000_000_000))
    for given_, offered, fine in (
        (MailParameters(hold_for=100), held, True),
        (MailParameters(hold_for=101), held, False),
        (MailParameters(hold_until=2_000_000_001), held, False),
        (MailParameters(hold_for=1), plain, False),
        (MailParameters(priority=1), plain, False),
        (MailParameters(require_tls=True), plain, False),
        (MailParameters(deliver_by=DeliverBy(1, "N")), plain, False),
        (MailParameters(deliver_by=DeliverBy(1, "N")), offer(Extension.DELIVERBY, size_octets=9), True),
    ):
        assert (mail_refusal(Mail(None, given_), offered) is None) is fine, given_


@given(st.text(max_size=20))
def test_limits_of_others_are_numbers_or_nothing(text: str) -> None:
    found = Capabilities({"FUTURERELEASE": text, "DELIVERBY": text})
    assert found.future_release is None or found.future_release[0] > 0
    assert found.least_deliver_by >= 0
