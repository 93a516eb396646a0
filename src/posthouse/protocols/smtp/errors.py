"""What goes wrong on the wire, and who did it."""

from posthouse.protocols.smtp.replies import Reply


class SyntaxViolation(ValueError):
    """The client said something no rule allows.

    ``reply`` is the answer to it. After a ``fatal`` one nobody can know where the next command begins (or it is no mail
    program at all): the connection ends.
    """

    def __init__(self, reply: Reply, *, fatal: bool = False) -> None:
        super().__init__(reply.text)
        self.reply = reply
        self.fatal = fatal


class RemoteViolation(ValueError):
    """The server we talk to said something that is no reply; the connection cannot go on."""


class Misuse(RuntimeError):
    """The driver did what the protocol does not allow, such as answering where nothing was asked: a bug of ours."""
