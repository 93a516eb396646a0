"""One mail transaction of a client: the envelope (pipelined where the server can), the content, a verdict per recipient."""

import enum

import msgspec

from posthouse.formats.address.value import Address
from posthouse.protocols.smtp.capabilities import Capabilities, Extension
from posthouse.protocols.smtp.client.replies import RemoteReply
from posthouse.protocols.smtp.client.steps import Flow, Send, Transmit, ask, receive
from posthouse.protocols.smtp.codes import Code
from posthouse.protocols.smtp.commands import Bdat, Command, Data, Mail, Rcpt, Rset
from posthouse.protocols.smtp.grammar.command import write_command
from posthouse.protocols.smtp.types import NO_RCPT_PARAMETERS, Body, Dialect, MailParameters


class Envelope(msgspec.Struct, frozen=True):
    """What is to be sent, with everything the sender asked for; parameters the server does not offer are left out."""

    reverse_path: Address | None
    recipients: tuple[Rcpt, ...]
    size_octets: int
    parameters: MailParameters = MailParameters()


class Stage(enum.StrEnum):
    """What was answered."""

    LOCAL = "local"
    """Nothing was said: the server lacks what the message needs."""
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"


class Verdict(msgspec.Struct, frozen=True):
    """What became of one recipient."""

    stage: Stage
    reply: RemoteReply


class Transacted(msgspec.Struct, frozen=True):
    """One verdict per recipient, in their order; a connection that is not reusable is to be closed without QUIT."""

    verdicts: tuple[Verdict, ...]
    reusable: bool = True


def transact(envelope: Envelope, offered: Capabilities, dialect: Dialect = Dialect.SMTP) -> Flow[Transacted]:
    """Send one message on a connection that is ready for MAIL, and leave it ready for the next where that can be."""
    missing = _missing(envelope.parameters, offered)
    if missing is not None:
        return Transacted((Verdict(Stage.LOCAL, missing),) * len(envelope.recipients))
    return (yield from _Transaction(envelope, offered, dialect).run())


class _Transaction:
    def __init__(self, envelope: Envelope, offered: Capabilities, dialect: Dialect) -> None:
        self._mail = Mail(envelope.reverse_path, _mail_parameters(envelope, offered))
        self._rcpts = [_rcpt(rcpt, offered) for rcpt in envelope.recipients]
        self._size = envelope.size_octets
        self._chunked = Extension.CHUNKING in offered
        self._pipelined = Extension.PIPELINING in offered
        self._lmtp = dialect is Dialect.LMTP
        self._verdicts: list[Verdict | None] = [None] * len(self._rcpts)
        self._over = False
        """The server has said 421: nothing more will come."""

    def run(self) -> Flow[Transacted]:
        go_ahead = yield from (self._envelope_pipelined() if self._pipelined else self._envelope_one_by_one())
        if go_ahead is not None and self._accepted:
            yield from self._content(go_ahead)
        elif go_ahead is not None and go_ahead.code == Code.START_MAIL_INPUT:
            # RFC 2920 §3.1: 354 although no recipient was accepted. An empty message, whose answer concerns nobody.
            yield Send(b".\r\n")
            yield from self._reply()
        elif not self._over:
            self._over = not (yield from ask(Rset())).is_positive
        assert all(self._verdicts)
        return Transacted(tuple(filter(None, self._verdicts)), reusable=not self._over)

    @property
    def _accepted(self) -> list[int]:
        return [number for number, verdict in enumerate(self._verdicts) if verdict is None]

    def _reply(self) -> Flow[RemoteReply]:
        """The next reply; after 421 the same again, without waiting for what will not come."""
        reply = yield from receive()
        if reply.is_farewell:
            self._over = True
            self._decide(Stage.DATA, reply)
        return reply

    def _decide(self, stage: Stage, reply: RemoteReply) -> None:
        """The same verdict for every recipient that has none."""
        for number in self._accepted:
            self._verdicts[number] = Verdict(stage, reply)

    def _envelope_pipelined(self) -> Flow[RemoteReply | None]:
        commands: list[Command] = [self._mail, *self._rcpts]
        if not self._chunked:
            commands.append(Data())
        yield Send(b"".join(map(write_command, commands)))
        mail = yield from self._reply()
        for number in range(len(self._rcpts)):
            if self._over:
                return None
            self._judge(number, mail, (yield from self._reply()))
        if self._over:
            return None
        return mail if self._chunked else (yield from self._reply())

    def _envelope_one_by_one(self) -> Flow[RemoteReply | None]:
        yield Send(write_command(self._mail))
        mail = yield from self._reply()
        if not mail.is_positive:
            self._decide(Stage.MAIL, mail)
            return None
        for number, rcpt in enumerate(self._rcpts):
            yield Send(write_command(rcpt))
            self._judge(number, mail, (yield from self._reply()))
            if self._over:
                return None
        if self._chunked or not self._accepted:
            return mail if self._accepted else None
        yield Send(write_command(Data()))
        return (yield from self._reply())

    def _judge(self, number: int, mail: RemoteReply, rcpt: RemoteReply) -> None:
        if not mail.is_positive:
            self._verdicts[number] = Verdict(Stage.MAIL, mail)
        elif not rcpt.is_positive:
            self._verdicts[number] = Verdict(Stage.RCPT, rcpt)

    def _content(self, go_ahead: RemoteReply) -> Flow[None]:
        if self._chunked:
            yield Send(write_command(Bdat(self._size, last=True)))
        elif go_ahead.code != Code.START_MAIL_INPUT:
            self._decide(Stage.DATA, go_ahead)
            self._over = self._over or not (yield from ask(Rset())).is_positive
            return
        yield Transmit(stuffed=not self._chunked)
        for number in self._accepted if self._lmtp else self._accepted[:1]:
            reply = yield from self._reply()
            if self._over:
                return
            self._verdicts[number] = Verdict(Stage.CONTENT, reply)
        if not self._lmtp:
            self._decide(Stage.CONTENT, reply)


def _missing(wanted: MailParameters, offered: Capabilities) -> RemoteReply | None:
    """Why the server cannot take such a message at all."""
    if wanted.smtputf8 and Extension.SMTPUTF8 not in offered:
        return RemoteReply(Code.MAILBOX_NAME_NOT_ALLOWED, "5.6.7", ("the server takes no UTF-8 addresses or headers (SMTPUTF8)",))
    if wanted.body is Body.BINARY_MIME and not (Extension.BINARY_MIME in offered and Extension.CHUNKING in offered):
        return RemoteReply(Code.TRANSACTION_FAILED, "5.6.3", ("the server takes no binary content (BINARYMIME)",))
    if wanted.body is Body.EIGHT_BIT_MIME and Extension.EIGHT_BIT_MIME not in offered:
        return RemoteReply(Code.TRANSACTION_FAILED, "5.6.3", ("the server takes no 8-bit content (8BITMIME)",))
    if wanted.require_tls and Extension.REQUIRETLS not in offered:
        return RemoteReply(Code.MAILBOX_UNAVAILABLE, "5.7.30", ("the server does not promise TLS onwards (REQUIRETLS)",))
    by = wanted.deliver_by
    if by is not None and by.mode == "R" and Extension.DELIVERBY not in offered:
        return RemoteReply(Code.TRANSACTION_FAILED, "5.3.3", ("the server keeps no deadlines (DELIVERBY)",))
    if by is not None and by.mode == "R" and by.seconds < max(offered.least_deliver_by, 1):
        return RemoteReply(Code.TRANSACTION_FAILED, "5.4.7", ("the server does not deliver within so short a time (DELIVERBY)",))
    return None


def _mail_parameters(envelope: Envelope, offered: Capabilities) -> MailParameters:
    wanted, dsn = envelope.parameters, Extension.DSN in offered
    return MailParameters(
        size=envelope.size_octets if Extension.SIZE in offered else None,
        body=wanted.body if Extension.EIGHT_BIT_MIME in offered else None,
        smtputf8=wanted.smtputf8,
        auth=wanted.auth if Extension.AUTH in offered else None,
        ret=wanted.ret if dsn else None,
        envid=wanted.envid if dsn else None,
        require_tls=wanted.require_tls,
        deliver_by=wanted.deliver_by if Extension.DELIVERBY in offered else None,
        priority=wanted.priority if Extension.MT_PRIORITY in offered else None,
    )


def _rcpt(rcpt: Rcpt, offered: Capabilities) -> Rcpt:
    return rcpt if Extension.DSN in offered else Rcpt(rcpt.forward_path, NO_RCPT_PARAMETERS)
