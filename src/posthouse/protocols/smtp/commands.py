"""The commands: values for what a client says. Their grammar is in ``grammar.command``."""

import msgspec

from posthouse.formats.address.value import Address
from posthouse.protocols.smtp.types import NO_MAIL_PARAMETERS, NO_RCPT_PARAMETERS, MailParameters, RcptParameters


class Helo(msgspec.Struct, frozen=True):
    """HELO: a client from before 1995, without extensions."""

    client_name: str


class Ehlo(msgspec.Struct, frozen=True):
    """EHLO: a host name or address literal as the client gives it, unchecked."""

    client_name: str


class Lhlo(msgspec.Struct, frozen=True):
    """LHLO: the EHLO of LMTP (RFC 2033)."""

    client_name: str


class StartTls(msgspec.Struct, frozen=True):
    """STARTTLS (RFC 3207)."""


class Auth(msgspec.Struct, frozen=True):
    """AUTH (RFC 4954); the initial response is decoded, None where there was none."""

    mechanism: str
    initial_response: bytes | None = None


class Mail(msgspec.Struct, frozen=True):
    """MAIL FROM; None is the null reverse-path."""

    reverse_path: Address | None
    parameters: MailParameters = NO_MAIL_PARAMETERS


class Rcpt(msgspec.Struct, frozen=True):
    """RCPT TO."""

    forward_path: Address
    parameters: RcptParameters = NO_RCPT_PARAMETERS


class Data(msgspec.Struct, frozen=True):
    """DATA."""


class Bdat(msgspec.Struct, frozen=True):
    """BDAT (RFC 3030): so many octets follow the line at once."""

    size_octets: int
    last: bool = False


class Burl(msgspec.Struct, frozen=True):
    """BURL (RFC 4468): what the URL, as written, names is a piece of the message, as if it had come by BDAT."""

    url: str
    last: bool = False


class Rset(msgspec.Struct, frozen=True):
    """RSET."""


class Noop(msgspec.Struct, frozen=True):
    """NOOP."""


class Quit(msgspec.Struct, frozen=True):
    """QUIT."""


class Vrfy(msgspec.Struct, frozen=True):
    """VRFY: whether there is such a user."""

    text: str


class Expn(msgspec.Struct, frozen=True):
    """EXPN: who is on a list."""

    text: str


class Help(msgspec.Struct, frozen=True):
    """HELP."""

    topic: str = ""


class Etrn(msgspec.Struct, frozen=True):
    """ETRN: run the queue for a host (RFC 1985)."""

    node: str


Command = Helo | Ehlo | Lhlo | StartTls | Auth | Mail | Rcpt | Data | Bdat | Burl | Rset | Noop | Quit | Vrfy | Expn | Help | Etrn
