"""What a server offers after EHLO or LHLO: keywords with their parameters (RFC 5321 §4.1.1.1)."""

import enum
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Mail, Rcpt
from posthouse.protocols.smtp.grammar.timing import future_release_date_time, future_release_interval, write_date_time
from posthouse.protocols.smtp.quirks import BARE_EQUALS_AUTH
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.types import Body

TOO_LATE: Final = Reply(Code.ARGUMENTS_UNRECOGNIZED, "messages are not held so long here", Detail.INVALID_ARGUMENTS)
_KEYWORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


class Extension(enum.StrEnum):
    """EHLO keywords this house knows."""

    PIPELINING = "PIPELINING"
    """RFC 2920"""
    SIZE = "SIZE"
    """RFC 1870"""
    EIGHT_BIT_MIME = "8BITMIME"
    """RFC 6152"""
    SMTPUTF8 = "SMTPUTF8"
    """RFC 6531"""
    ENHANCED_STATUS_CODES = "ENHANCEDSTATUSCODES"
    """RFC 2034"""
    CHUNKING = "CHUNKING"
    """RFC 3030"""
    BINARY_MIME = "BINARYMIME"
    """RFC 3030"""
    STARTTLS = "STARTTLS"
    """RFC 3207"""
    AUTH = "AUTH"
    """RFC 4954"""
    DSN = "DSN"
    """RFC 3461"""
    LIMITS = "LIMITS"
    """RFC 9422"""
    BURL = "BURL"
    """RFC 4468"""
    REQUIRETLS = "REQUIRETLS"
    """RFC 8689"""
    FUTURERELEASE = "FUTURERELEASE"
    """RFC 4865"""
    DELIVERBY = "DELIVERBY"
    """RFC 2852"""
    MT_PRIORITY = "MT-PRIORITY"
    """RFC 6710"""


class Capabilities(msgspec.Struct, frozen=True):
    """Keywords in upper case, each with its parameters; keywords unknown to us are kept too."""

    parameters: Mapping[str, str] = {}

    def __contains__(self, extension: Extension) -> bool:
        """Whether an extension is offered."""
        return extension.value in self.parameters

    @property
    def size_octets(self) -> int | None:
        """The largest message taken; None where no limit is told."""
        size = self.parameters.get(Extension.SIZE, "")
        return int(size) or None if size.isdecimal() and len(size) <= 20 else None

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """SASL mechanisms offered, upper case."""
        return tuple(self.parameters.get(Extension.AUTH, "").upper().split())

    @property
    def takes_imap_urls(self) -> bool:
        """Whether BURL takes IMAP URLs now; offered without words it wants somebody to sign in first (RFC 4468 §3.1)."""
        words = self.parameters.get(Extension.BURL)
        return words is not None and "imap" in words.lower().split()

    @property
    def most_recipients(self) -> int | None:
        """RCPTMAX of LIMITS: the most recipients of one message; None where no limit is told."""
        for limit in self.parameters.get(Extension.LIMITS, "").upper().split():
            name, _, value = limit.partition("=")
            if name == "RCPTMAX" and value.isdecimal() and len(value) <= 6:
                return int(value) or None
        return None

    @property
    def future_release(self) -> tuple[int, int] | None:
        """The longest a message is held, in seconds, and the last moment, in seconds since 1970; None where not offered."""
        words = self.parameters.get(Extension.FUTURERELEASE, "").split()
        if len(words) != 2:
            return None
        try:
            return future_release_interval(words[0]), future_release_date_time(words[1])
        except ValueError:
            return None

    @property
    def least_deliver_by(self) -> int:
        """The least seconds DELIVERBY takes with mode R; 0 where none are told."""
        seconds = self.parameters.get(Extension.DELIVERBY, "")
        return int(seconds) if seconds.isdecimal() and len(seconds) <= 9 else 0


def offer(
    *always: Extension,
    size_octets: int,
    mechanisms: Iterable[str] = (),
    most_recipients: int | None = None,
    burl: str | None = None,
    future_release: tuple[int, int] | None = None,
) -> Capabilities:
    """What a server offers now: the extensions given, SIZE, and those others that have something to say.

    ``future_release``: the longest interval in seconds and the last moment in seconds since 1970.
    """
    parameters: dict[str, str] = {extension.value: "" for extension in always}
    parameters[Extension.SIZE] = str(size_octets)
    if names := " ".join(mechanisms):
        parameters[Extension.AUTH] = names
    if burl is not None:
        parameters[Extension.BURL] = burl
    if most_recipients is not None:
        parameters[Extension.LIMITS] = f"RCPTMAX={most_recipients}"
    if future_release is not None:
        parameters[Extension.FUTURERELEASE] = f"{future_release[0]} {write_date_time(future_release[1])}"
    return Capabilities(parameters)


def ehlo_reply(greeting: str, capabilities: Capabilities) -> Reply:
    """The answer to EHLO or LHLO: the server's name (and words), then a line per keyword."""
    lines = [f"{keyword} {value}".rstrip() for keyword, value in capabilities.parameters.items()]
    return Reply(Code.OK, "\n".join([greeting, *lines]))


def read_capabilities(lines: Iterable[str]) -> Capabilities:
    """Read the lines of an EHLO answer after the first; what is no keyword is left out."""
    parameters: dict[str, str] = {}
    for line in lines:
        found = _KEYWORD.match(line)
        if found is None:
            continue
        keyword, rest = found[0].upper(), line[found.end() :]
        if keyword == Extension.AUTH:
            rest = f" {parameters.get(keyword, '')} {rest.removeprefix(BARE_EQUALS_AUTH)}"
        if not rest or rest[0] == " ":
            parameters[keyword] = " ".join(rest.split())
    return Capabilities(parameters)


def mail_refusal(mail: Mail, offered: Capabilities) -> Reply | None:
    """Why MAIL asks for more than is offered; None when it does not."""
    given = mail.parameters
    if given.size is not None and given.size > (offered.size_octets or given.size):
        return replies.MESSAGE_TOO_BIG
    held = given.hold_for is not None or given.hold_until is not None
    wanted = (
        (given.body is Body.EIGHT_BIT_MIME, Extension.EIGHT_BIT_MIME),
        (given.body is Body.BINARY_MIME, Extension.BINARY_MIME),
        (given.smtputf8, Extension.SMTPUTF8),
        (given.ret is not None or given.envid is not None, Extension.DSN),
        (given.require_tls, Extension.REQUIRETLS),
        (held, Extension.FUTURERELEASE),
        (given.deliver_by is not None, Extension.DELIVERBY),
        (given.priority is not None, Extension.MT_PRIORITY),
    )
    for asked, extension in wanted:
        if asked and extension not in offered:
            return _not_offered(extension)
    if held:
        longest, last = offered.future_release or (0, 0)
        if (given.hold_for or 0) > longest or (given.hold_until or 0) > last:
            return TOO_LATE
    path = mail.reverse_path
    return None if given.smtputf8 or path is None or _is_ascii(*path) else replies.NON_ASCII_SENDER


def rcpt_refusal(rcpt: Rcpt, offered: Capabilities, *, smtputf8: bool) -> Reply | None:
    """Why RCPT asks for more than is offered; None when it does not."""
    given = rcpt.parameters
    if (given.notify is not None or given.orcpt is not None) and Extension.DSN not in offered:
        return _not_offered(Extension.DSN)
    return None if smtputf8 or _is_ascii(*rcpt.forward_path) else replies.NON_ASCII_RECIPIENT


def _not_offered(extension: Extension) -> Reply:
    return Reply(Code.PARAMETERS_NOT_RECOGNIZED, f"{extension} is not offered here", Detail.INVALID_ARGUMENTS)


def _is_ascii(local_part: str, domain: str) -> bool:
    return local_part.isascii() and domain.isascii()
