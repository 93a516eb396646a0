"""From the greeting to MAIL, with servers of every temper."""

import pytest
from tests.support.smtp_client import Scripted, run
from tests.support.smtp_peer import SmtpPeer

from posthouse.protocols.sasl.types import Credentials
from posthouse.protocols.smtp.capabilities import Capabilities, Extension
from posthouse.protocols.smtp.client.handshake import Introduction, NotReady, Ready, Stage, Tls, introduce
from posthouse.protocols.smtp.types import Dialect

ALICE = Credentials("alice", "secret")


def introduced(server: Scripted, **options: object) -> Ready | NotReady:
    result = run(introduce(Introduction("me.example", **options)), server)  # type: ignore[arg-type]  # spelled out in each test
    assert server.exhausted
    return result


def test_with_our_own_server() -> None:
    ready = run(introduce(Introduction("me.example", credentials=ALICE)), SmtpPeer({"submission": "yes"}))
    assert isinstance(ready, Ready)
    assert ready.secured
    assert Extension.CHUNKING in ready.capabilities
    assert Extension.STARTTLS not in ready.capabilities


def test_lmtp_with_our_own_server() -> None:
    ready = run(introduce(Introduction("me.example", Dialect.LMTP)), SmtpPeer({"dialect": "LMTP"}))
    assert isinstance(ready, Ready)
    assert not ready.secured


def test_falls_back_to_helo() -> None:
    server = Scripted("220 old", "502 what?", "250 hello")
    assert introduced(server) == Ready(Capabilities(), secured=False)
    assert server.sent == b"EHLO me.example\r\nHELO me.example\r\n"


def test_no_helo_after_421() -> None:
    refused = introduced(Scripted("220 busy", "421 too busy"))
    assert isinstance(refused, NotReady)
    assert (refused.stage, refused.reply.code) == (Stage.HELLO, 421)


@pytest.mark.parametrize("greeting", ["554 go away", "421 later", "250 odd"])
def test_greeting_refused(greeting: str) -> None:
    refused = introduced(Scripted(greeting))
    assert isinstance(refused, NotReady)
    assert refused.stage is Stage.GREETING


def test_tls_where_offered() -> None:
    server = Scripted("220 hi", "250-a\n250 STARTTLS", "220 go", "250-a\n250 SIZE 7")
    assert introduced(server) == Ready(Capabilities({"SIZE": "7"}), secured=True)
    assert server.sent == b"EHLO me.example\r\nSTARTTLS\r\n[tls]EHLO me.example\r\n"


def test_tls_refused_and_not_needed() -> None:
    assert introduced(Scripted("220 hi", "250-a\n250 STARTTLS", "454 not now")) == Ready(
        Capabilities({"STARTTLS": ""}), secured=False
    )


@pytest.mark.parametrize("answers", [("250 a",), ("250-a\n250 STARTTLS", "454 not now")])
def test_tls_required(answers: tuple[str, ...]) -> None:
    refused = introduced(Scripted("220 hi", *answers), tls=Tls.REQUIRED)
    assert isinstance(refused, NotReady)
    assert refused.stage is Stage.STARTTLS


@pytest.mark.parametrize(("tls", "secured"), [(Tls.NEVER, False), (Tls.STANDS, True)])
def test_no_starttls(tls: Tls, secured: bool) -> None:
    ready = introduced(Scripted("220 hi", "250-a\n250 STARTTLS"), tls=tls)
    assert isinstance(ready, Ready)
    assert ready.secured is secured


def test_hello_refused_after_tls() -> None:
    refused = introduced(Scripted("220 hi", "250-a\n250 STARTTLS", "220 go", "550 no", "550 no"))
    assert isinstance(refused, NotReady)
    assert refused.stage is Stage.HELLO


def test_auth_plain() -> None:
    server = Scripted("220 hi", "250-a\n250 AUTH LOGIN PLAIN", "235 welcome")
    assert isinstance(introduced(server, credentials=ALICE), Ready)
    assert server.sent.endswith(b"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n")


def test_auth_login() -> None:
    server = Scripted("220 hi", "250-a\n250 AUTH LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome")
    assert isinstance(introduced(server, credentials=ALICE), Ready)
    assert server.sent.endswith(b"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n")


@pytest.mark.parametrize(
    "answers",
    [
        ("250-a\n250 AUTH PLAIN", "535 wrong"),
        ("250-a\n250 AUTH PLAIN", "334 ", "501 cancelled"),
        ("250-a\n250 AUTH LOGIN", "334 !!!", "501 cancelled"),
        ("250-a\n250 AUTH LOGIN", *["334 "] * 9),
        ("250-a\n250 AUTH GSSAPI",),
        ("250 a",),
    ],
)
def test_auth_fails(answers: tuple[str, ...]) -> None:
    refused = introduced(Scripted("220 hi", *answers), credentials=ALICE)
    assert isinstance(refused, NotReady)
    assert refused.stage is Stage.AUTH
