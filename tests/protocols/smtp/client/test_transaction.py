"""One transaction: with our own server as it is, and with servers that refuse at every point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.smtp_client import Scripted, run
from tests.support.smtp_peer import SmtpPeer

from posthouse.formats.address.value import Address
from posthouse.protocols.smtp.capabilities import Capabilities, Extension, offer
from posthouse.protocols.smtp.client.handshake import Introduction, Ready, introduce
from posthouse.protocols.smtp.client.transaction import Envelope, Stage, Transacted, transact
from posthouse.protocols.smtp.commands import Rcpt
from posthouse.protocols.smtp.types import Body, DeliverBy, Dialect, MailParameters, Notify, RcptParameters, Ret

ALICE, BOB, NOBODY = (Rcpt(Address(name, "example.test")) for name in ("alice", "bob", "nobody"))
CONTENT = b"Subject: x\r\n\r\n.dot\r\n..\r\ntext\r\n"
PIPELINED = offer(Extension.PIPELINING, size_octets=0)
SLOW = Capabilities()
CHUNKED = offer(Extension.PIPELINING, Extension.CHUNKING, size_octets=0)


def envelope(*recipients: Rcpt, parameters: MailParameters | None = None) -> Envelope:
    return Envelope(Address("me", "example.org"), recipients, len(CONTENT), parameters or MailParameters())


def codes(transacted: Transacted) -> list[tuple[Stage, int]]:
    return [(verdict.stage, verdict.reply.code) for verdict in transacted.verdicts]


@given(st.sampled_from(["SMTP", "LMTP"]), st.booleans(), st.lists(st.sampled_from([ALICE, BOB, NOBODY]), min_size=1, max_size=5))
def test_with_our_own_server(dialect: str, plain: bool, recipients: list[Rcpt]) -> None:
    server = SmtpPeer({"dialect": dialect, "plain": "yes" if plain else "no"})
    ready = run(introduce(Introduction("me.example", Dialect[dialect])), server)
    assert isinstance(ready, Ready)
    bob = (Stage.CONTENT, 550 if dialect == "LMTP" and sum(r is not NOBODY for r in recipients) > 1 else 250)
    expected = {ALICE: (Stage.CONTENT, 250), BOB: bob, NOBODY: (Stage.RCPT, 550)}
    for _ in range(2):
        done = run(transact(envelope(*recipients), ready.capabilities, Dialect[dialect]), server, CONTENT)
        assert codes(done) == [expected[rcpt] for rcpt in recipients]
        assert done.reusable
    delivered = {CONTENT} if set(recipients) != {NOBODY} else set()
    assert set(server.messages) == delivered


SCRIPTS = [
    ("all well", PIPELINED, ["250 a", "250 b", "250 c", "354 go", "250 ok"], [(Stage.CONTENT, 250)] * 2),
    ("all well", SLOW, ["250 a", "250 b", "250 c", "354 go", "250 ok"], [(Stage.CONTENT, 250)] * 2),
    ("all well", CHUNKED, ["250 a", "250 b", "250 c", "250 ok"], [(Stage.CONTENT, 250)] * 2),
    ("sender", PIPELINED, ["550 a", "503 b", "503 c", "503 d", "250 rset"], [(Stage.MAIL, 550)] * 2),
    ("sender", SLOW, ["550 a", "250 rset"], [(Stage.MAIL, 550)] * 2),
    ("sender", CHUNKED, ["450 a", "503 b", "503 c", "250 rset"], [(Stage.MAIL, 450)] * 2),
    ("one recipient", PIPELINED, ["250 a", "550 b", "250 c", "354 go", "250 ok"], [(Stage.RCPT, 550), (Stage.CONTENT, 250)]),
    ("one recipient", SLOW, ["250 a", "250 b", "450 c", "354 go", "250 ok"], [(Stage.CONTENT, 250), (Stage.RCPT, 450)]),
    ("recipients", PIPELINED, ["250 a", "550 b", "551 c", "554 d", "250 rset"], [(Stage.RCPT, 550), (Stage.RCPT, 551)]),
    ("recipients", SLOW, ["250 a", "550 b", "551 c", "250 rset"], [(Stage.RCPT, 550), (Stage.RCPT, 551)]),
    ("354 for nobody", PIPELINED, ["250 a", "550 b", "551 c", "354 go", "554 e"], [(Stage.RCPT, 550), (Stage.RCPT, 551)]),
    ("DATA", PIPELINED, ["250 a", "250 b", "250 c", "451 d", "250 rset"], [(Stage.DATA, 451)] * 2),
    ("DATA", SLOW, ["250 a", "250 b", "250 c", "554 d", "250 rset"], [(Stage.DATA, 554)] * 2),
    ("content", PIPELINED, ["250 a", "250 b", "250 c", "354 go", "552 big"], [(Stage.CONTENT, 552)] * 2),
    ("content", CHUNKED, ["250 a", "250 b", "250 c", "552 big"], [(Stage.CONTENT, 552)] * 2),
]


@pytest.mark.parametrize(("what", "offered", "answers", "expected"), SCRIPTS)
def test_refusals(what: str, offered: Capabilities, answers: list[str], expected: list[tuple[Stage, int]]) -> None:
    server = Scripted(*answers)
    done = run(transact(envelope(ALICE, BOB), offered), server, CONTENT)
    assert codes(done) == expected
    assert done.reusable
    assert server.exhausted


@pytest.mark.parametrize("offered", [PIPELINED, SLOW, CHUNKED])
@pytest.mark.parametrize("before", range(5))
def test_421_at_any_point_ends_it(offered: Capabilities, before: int) -> None:
    answers = (["250 a", "250 b", "250 c"] + ([] if offered is CHUNKED else ["354 go"]))[:before]
    server = Scripted(*answers, "421 shutting down")
    done = run(transact(envelope(ALICE, BOB), offered), server, CONTENT)
    assert {verdict.reply.code for verdict in done.verdicts} == {421}
    assert not done.reusable
    assert server.exhausted


def test_lmtp_421_between_recipients() -> None:
    server = Scripted("250 a", "250 b", "250 c", "354 go", "250 ok", "421 down")
    done = run(transact(envelope(ALICE, BOB), PIPELINED, Dialect.LMTP), server, CONTENT)
    assert codes(done) == [(Stage.CONTENT, 250), (Stage.DATA, 421)]


def test_rset_refused() -> None:
    server = Scripted("250 a", "550 b", "550 c", "554 d", "500 what?")
    assert not run(transact(envelope(ALICE, BOB), PIPELINED), server, CONTENT).reusable


def test_parameters_only_where_offered() -> None:
    by = DeliverBy(60, "N")
    wanted = MailParameters(ret=Ret.HEADERS, envid="x", auth="<>", deliver_by=by, priority=2)
    rcpt = Rcpt(ALICE.forward_path, RcptParameters(Notify.NEVER))
    for offered, line in (
        (Capabilities(), b"MAIL FROM:<me@example.org>\r\nRCPT TO:<alice@example.test>\r\n"),
        (
            offer(Extension.DELIVERBY, Extension.MT_PRIORITY, Extension.DSN, size_octets=0, mechanisms=["PLAIN"]),
            b"MAIL FROM:<me@example.org> SIZE=%d AUTH=<> RET=HDRS ENVID=x BY=60;N MT-PRIORITY=2\r\n"
            b"RCPT TO:<alice@example.test> NOTIFY=NEVER\r\n" % len(CONTENT),
        ),
    ):
        server = Scripted("250 a", "250 b", "354 go", "250 ok")
        run(transact(envelope(rcpt, parameters=wanted), offered), server, CONTENT)
        assert server.sent.startswith(line)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        (MailParameters(smtputf8=True), "5.6.7"),
        (MailParameters(body=Body.BINARY_MIME), "5.6.3"),
        (MailParameters(body=Body.EIGHT_BIT_MIME), "5.6.3"),
        (MailParameters(require_tls=True), "5.7.30"),
        (MailParameters(deliver_by=DeliverBy(60, "R")), "5.3.3"),
    ],
)
def test_what_the_server_lacks(parameters: MailParameters, status: str) -> None:
    server = Scripted()
    done = run(transact(envelope(ALICE, parameters=parameters), PIPELINED), server)
    assert [(verdict.stage, verdict.reply.status) for verdict in done.verdicts] == [(Stage.LOCAL, status)]
    assert server.sent == b""
