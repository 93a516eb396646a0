"""A driver of the POP3 server connection for golden dialogues: a maildrop in memory, without I/O."""

from tests.support.sasl_examples import kept

from posthouse.protocols.pop3 import commands, responses
from posthouse.protocols.pop3.capabilities import capabilities
from posthouse.protocols.pop3.connection import ServerConnection, ServerSettings
from posthouse.protocols.pop3.events import NEED_DATA, AuthResponse, Event, Violation
from posthouse.protocols.pop3.responses import ResponseCode, err, ok
from posthouse.protocols.pop3.top import TopCutter
from posthouse.protocols.sasl.registry import offered_mechanisms, server_mechanism
from posthouse.protocols.sasl.types import Challenge, Credentials, Proof, ServerMechanism, Step, Wanted

MESSAGES = {
    1: b"Subject: one\r\n\r\nfirst line\r\n.second\r\nthird\r\n",
    2: b"Subject: two\r\n\r\nlittle\r\n",
}
WRONG = err("wrong user name or password", ResponseCode.AUTH)


class Pop3Peer:
    """mrose has the password ``secret`` and two messages.

    Settings of a session: ``line OCTETS``, ``tls no``; ``nonce WORD`` for SCRAM and CRAM-MD5, with the people of ``sasl_examples``;
    ``oauth yes`` for tokens.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self._tls = settings.get("tls") != "no"
        self._mechanism: ServerMechanism | None = None
        self._nonce = settings.get("nonce", "nonce")
        self._mechanisms = offered_mechanisms(scram="nonce" in settings, cram_md5="nonce" in settings, oauth="oauth" in settings)
        self.deleted: set[int] = set()
        self.connection = ServerConnection(ServerSettings(int(settings.get("line", "255"))))
        self._out = self.connection.greet(ok("POP3 ready"))

    def receive(self, octets: bytes) -> None:
        self.connection.receive_data(octets)
        while (event := self.connection.next_event()) is not NEED_DATA:
            self._out += self._answer(event)

    def answer(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def happen(self, word: str, argument: str) -> None:
        assert word == "tls", word
        self._tls = True
        self.connection.tls_established()

    def _left(self) -> dict[int, bytes]:
        return {number: octets for number, octets in MESSAGES.items() if number not in self.deleted}

    def _answer(self, event: Event) -> bytes:
        connection = self.connection
        match event:
            case Violation():
                return connection.reply(event.response)
            case commands.Capa():
                mechanisms = self._mechanisms if self._tls else ()
                lines = capabilities(mechanisms=mechanisms, stls=not self._tls, login_delay_seconds=0)
                return connection.reply_listing(ok("capability list follows"), lines)
            case commands.User():
                return connection.reply(ok("send PASS") if self._tls else err("TLS first", ResponseCode.AUTH))
            case commands.Pass():
                return self._sign_in(Credentials(connection.user, event.password))
            case commands.Auth() | AuthResponse():
                return self._authenticate(event)
            case commands.Stls():
                return connection.reply(responses.READY_FOR_TLS)
            case commands.Lang():
                return connection.reply_listing(ok(), ["en English"]) if not event.tag else connection.reply(ok("en"))
            case commands.Quit():
                return connection.reply(responses.GOODBYE)
        return self._maildrop(event)

    def _authenticate(self, event: commands.Auth | AuthResponse) -> bytes:
        if isinstance(event, AuthResponse):
            assert self._mechanism is not None
            return self._step(self._mechanism.respond(event.octets))
        if not event.mechanism:
            return self.connection.reply_listing(ok(), self._mechanisms)
        try:
            self._mechanism = server_mechanism(event.mechanism, self._nonce, self._mechanisms)
        except ValueError:
            return self.connection.reply(err("no such mechanism"))
        return self._step(self._mechanism.start(event.initial_response))

    def _step(self, step: Step) -> bytes:
        if isinstance(step, Wanted):
            assert self._mechanism is not None
            step = self._mechanism.supply(kept(step))
        if isinstance(step, Challenge):
            return self.connection.challenge(step.octets)
        if isinstance(step, Proof):
            return self.connection.reply(WRONG if step.number is None else ok("proved"))
        return self._sign_in(step) if isinstance(step, Credentials) else self.connection.reply(err("malformed"))

    def _sign_in(self, credentials: Credentials) -> bytes:
        right = credentials == Credentials("mrose", "secret")
        return self.connection.reply(ok(f"{len(MESSAGES)} messages") if right else WRONG)

    def _maildrop(self, event: Event) -> bytes:
        left, connection = self._left(), self.connection
        match event:
            case commands.Stat():
                return connection.reply(ok(f"{len(left)} {sum(map(len, left.values()))}"))
            case commands.List() | commands.Uidl() | commands.Retr() | commands.Top() | commands.Dele():
                return self._numbered(event, left)
            case commands.Rset():
                self.deleted.clear()
        return connection.reply(ok())

    def _numbered(
        self,
        event: commands.List | commands.Uidl | commands.Retr | commands.Top | commands.Dele,
        left: dict[int, bytes],
    ) -> bytes:
        connection = self.connection
        if event.number is None:
            shown = "uid{0}" if isinstance(event, commands.Uidl) else "{1}"
            lines = [f"{number} {shown.format(number, len(octets))}" for number, octets in left.items()]
            return connection.reply_listing(ok(), lines)
        octets = left.get(event.number)
        if octets is None:
            return connection.reply(err("no such message"))
        match event:
            case commands.List():
                return connection.reply(ok(f"{event.number} {len(octets)}"))
            case commands.Uidl():
                return connection.reply(ok(f"{event.number} uid{event.number}"))
            case commands.Dele():
                self.deleted.add(event.number)
                return connection.reply(ok("deleted"))
            case commands.Top():
                octets, _ = TopCutter(event.lines).feed(octets)
        return connection.begin(ok()) + connection.piece(octets) + connection.end()
