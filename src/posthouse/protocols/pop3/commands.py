"""The commands: values for what a client says. Their grammar is in ``grammar``."""

import msgspec


class Capa(msgspec.Struct, frozen=True):
    """CAPA (RFC 2449 §5)."""


class User(msgspec.Struct, frozen=True):
    """USER: whose maildrop; answered positively whoever it is."""

    name: str


class Pass(msgspec.Struct, frozen=True):
    """PASS: everything behind the first space, further spaces included (RFC 1939 §7)."""

    password: str

    def __repr__(self) -> str:
        """A password never reaches a log by accident."""
        return "Pass(…)"


class Apop(msgspec.Struct, frozen=True):
    """APOP: understood in order to be refused with a reason."""

    name: str


class Auth(msgspec.Struct, frozen=True):
    """AUTH (RFC 5034); without a mechanism it asks for their names, as some old clients do."""

    mechanism: str = ""
    initial_response: bytes | None = None


class Stls(msgspec.Struct, frozen=True):
    """STLS (RFC 2595 §4)."""


class Utf8(msgspec.Struct, frozen=True):
    """UTF8 (RFC 6856 §2): the client takes UTF-8 headers and responses."""


class Lang(msgspec.Struct, frozen=True):
    """LANG (RFC 6856 §3): empty asks for the list, ``*`` for the default."""

    tag: str = ""


class Stat(msgspec.Struct, frozen=True):
    """STAT."""


class List(msgspec.Struct, frozen=True):
    """LIST of one message, or of all."""

    number: int | None = None


class Uidl(msgspec.Struct, frozen=True):
    """UIDL of one message, or of all."""

    number: int | None = None


class Retr(msgspec.Struct, frozen=True):
    """RETR."""

    number: int


class Top(msgspec.Struct, frozen=True):
    """TOP: the header, a blank line and so many lines of the body."""

    number: int
    lines: int


class Dele(msgspec.Struct, frozen=True):
    """DELE."""

    number: int


class Noop(msgspec.Struct, frozen=True):
    """NOOP."""


class Rset(msgspec.Struct, frozen=True):
    """RSET: nothing is marked deleted any more."""


class Quit(msgspec.Struct, frozen=True):
    """QUIT: in the transaction state what is marked is deleted now."""


Command = Capa | User | Pass | Apop | Auth | Stls | Utf8 | Lang | Stat | List | Uidl | Retr | Top | Dele | Noop | Rset | Quit
