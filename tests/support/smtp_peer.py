"""A driver of the SMTP server connection for golden dialogues: it gives events the plainest meaning, without I/O."""

from tests.support.sasl_examples import kept

from posthouse.protocols.sasl.registry import offered_mechanisms, server_mechanism
from posthouse.protocols.sasl.types import Challenge, Credentials, Proof, ServerMechanism, Step, Wanted
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.capabilities import Capabilities, Extension, ehlo_reply, offer
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import (
    Auth,
    Burl,
    Data,
    Ehlo,
    Etrn,
    Expn,
    Helo,
    Help,
    Lhlo,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTls,
    Vrfy,
)
from posthouse.protocols.smtp.connection import ServerConnection, ServerSettings
from posthouse.protocols.smtp.events import NEED_DATA, AuthResponse, Content, ContentEnded, Event, Violation
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.types import Dialect

HOST = "mx.example.test"
NO_SUCH_USER = Reply(Code.MAILBOX_UNAVAILABLE, "no such mailbox here", Detail.BAD_MAILBOX)
WRONG = Reply(Code.AUTHENTICATION_INVALID, "wrong user name or password", Detail.AUTHENTICATION_INVALID)
MALFORMED = Reply(Code.ARGUMENTS_UNRECOGNIZED, "malformed", Detail.INVALID_ARGUMENTS)
FULL = Reply(Code.MAILBOX_UNAVAILABLE, "mailbox full", Detail.MAILBOX_FULL)
WELCOME = Reply(Code.AUTHENTICATED, "welcome", Detail.POLICY)
AUTHENTICATE = Reply(Code.AUTHENTICATION_REQUIRED, "authenticate first", Detail.POLICY)
URL_REFUSED = Reply(Code.TRANSACTION_FAILED, "IMAP URL authorization failed", Detail.POLICY)
URL_EMPTY = Reply(Code.TRANSACTION_FAILED, "IMAP URL resolution failed", Detail.CONTENT_NOT_AVAILABLE)
EXTENSIONS = (
    Extension.PIPELINING,
    Extension.EIGHT_BIT_MIME,
    Extension.SMTPUTF8,
    Extension.ENHANCED_STATUS_CODES,
    Extension.CHUNKING,
    Extension.BINARY_MIME,
    Extension.DSN,
)


class SmtpPeer:
    """Knows alice, bob (whose mailbox is full in LMTP), postmaster and nobody else; alice's password is ``secret``.

    Settings of a session: ``dialect SMTP|LMTP``, ``submission yes``, ``size OCTETS``, ``line OCTETS``, ``newlines reject|keep``,
    ``plain yes`` (without CHUNKING, DSN, SMTPUTF8, 8BITMIME), ``burl imap``, ``nonce WORD``
    (SCRAM and CRAM-MD5, with the people of ``sasl_examples``), ``oauth yes`` (tokens). URLs whose token
    begins with 9 name a message, with 8 the end of a line, with 6 nothing that is there; others are not authorised.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._submission = settings.get("submission") == "yes"
        self._tls = False
        self._mechanism: ServerMechanism | None = None
        self._nonce = settings.get("nonce", "nonce")
        self._mechanisms = offered_mechanisms(scram="nonce" in settings, cram_md5="nonce" in settings, oauth="oauth" in settings)
        self._rcpts: list[Rcpt] = []
        self._content: list[bytes] = []
        self.messages: list[bytes] = []
        self.events: list[Event] = []
        self.connection = ServerConnection(
            ServerSettings(
                Dialect[settings.get("dialect", "SMTP")],
                int(settings.get("size", "1000")),
                int(settings.get("line", "1000")),
                BareNewlines[settings.get("newlines", "reject").upper()],
            ),
            self._offer(),
        )
        self._out = self.connection.greet(Reply(Code.SERVICE_READY, f"{HOST} ESMTP"))

    def _offer(self) -> Capabilities:
        extensions = (Extension.PIPELINING,) if self._settings.get("plain") == "yes" else EXTENSIONS
        if self._submission and not self._tls:
            extensions = (*extensions, Extension.STARTTLS)
        mechanisms = self._mechanisms if self._submission and self._tls else ()
        return offer(
            *extensions,
            size_octets=int(self._settings.get("size", "1000")),
            mechanisms=mechanisms,
            burl=self._settings.get("burl"),
        )

    def receive(self, octets: bytes) -> None:
        self.connection.receive_data(octets)
        while (event := self.connection.next_event()) is not NEED_DATA:
            self.events.append(event)
            self._out += self._answer(event)

    def answer(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def happen(self, word: str, argument: str) -> None:
        assert word == "tls", word
        self._tls = True
        self.connection.tls_established()
        self.connection.capabilities = self._offer()

    def _answer(self, event: Event) -> bytes:
        connection = self.connection
        match event:
            case Content():
                self._content.append(event.octets)
                return b""
            case ContentEnded():
                return self._ended(event)
            case Burl():
                return self._burl(event)
            case Auth():
                try:
                    self._mechanism = server_mechanism(event.mechanism, self._nonce, self._mechanisms)
                except ValueError:
                    return connection.reply(Reply(Code.PARAMETER_NOT_IMPLEMENTED, "no such mechanism", Detail.INVALID_ARGUMENTS))
                return self._step(self._mechanism.start(event.initial_response))
            case AuthResponse():
                assert self._mechanism is not None
                return self._step(self._mechanism.respond(event.octets))
            case _ if connection.replies_due:
                return connection.reply(self._reply(event))
        return b""

    def _step(self, step: Step) -> bytes:
        if isinstance(step, Wanted):
            assert self._mechanism is not None
            step = self._mechanism.supply(kept(step))
        if isinstance(step, Challenge):
            return self.connection.challenge(step.octets)
        if isinstance(step, Proof):
            return self.connection.reply(WRONG if step.number is None else WELCOME)
        if not isinstance(step, Credentials):
            return self.connection.reply(MALFORMED)
        return self.connection.reply(WELCOME if step == Credentials("alice", "secret") else WRONG)

    def _burl(self, event: Burl) -> bytes:
        token = event.url.rpartition(":")[2]
        if token[0] not in _URLS:
            return self.connection.reply(URL_REFUSED if token[0] != "6" else URL_EMPTY)
        for piece in _URLS[token[0]]:
            if self.connection.insert(piece):
                self._content.append(piece)
        return self._ended(self.connection.inserted())

    def _ended(self, event: ContentEnded) -> bytes:
        due = self.connection.replies_due
        if event.refusal is not None:
            answer = [event.refusal] * due
        elif not event.last or due == 1:
            answer = [replies.OK]
        else:
            answer = [FULL if rcpt.forward_path.local_part == "bob" else replies.OK for rcpt in self._rcpts]
        if event.last and event.refusal is None:
            self.messages.append(b"".join(self._content))
        if event.last or event.refusal is not None:
            self._content, self._rcpts = [], []
        return self.connection.reply(*answer)

    def _reply(self, event: Event) -> Reply:
        match event:
            case Violation():
                return event.reply
            case Ehlo() | Lhlo():
                self._rcpts = []
                return ehlo_reply(HOST, self.connection.capabilities)
            case Helo():
                return Reply(Code.OK, HOST)
            case Mail():
                return AUTHENTICATE if self._submission and not self.connection.authenticated else replies.SENDER_OK
            case Rcpt():
                if event.forward_path.local_part.lower() not in ("alice", "bob", "postmaster", "álice"):
                    return NO_SUCH_USER
                self._rcpts.append(event)
                return replies.RECIPIENT_OK
            case Data():
                return replies.GO_AHEAD
            case StartTls():
                return replies.READY_FOR_TLS
            case Rset():
                self._content, self._rcpts = [], []
        return _FIXED[type(event)]


_URLS = {"9": [b"Subject: from a ", b"mailbox\r\n\r\nhello\r\n"], "8": [b"\r\n"]}
_FIXED: dict[type, Reply] = {
    Rset: replies.OK,
    Noop: replies.OK,
    Quit: replies.GOODBYE,
    Vrfy: replies.CANNOT_VERIFY,
    Expn: replies.NOT_IMPLEMENTED,
    Etrn: replies.NOT_IMPLEMENTED,
    Help: Reply(Code.HELP, "see RFC 5321", Detail.UNDEFINED),
}
