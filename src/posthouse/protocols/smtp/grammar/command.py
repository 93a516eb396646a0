"""One line, one command (RFC 5321 §4.1.1 and the extensions)."""

import re
from collections.abc import Callable
from typing import Final

from posthouse.protocols.sasl.encoding import InvalidEncoding, decode_initial_response, encode_initial_response
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import (
    Auth,
    Bdat,
    Burl,
    Command,
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
from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.grammar.parameters import (
    mail_parameters,
    rcpt_parameters,
    write_mail_parameters,
    write_rcpt_parameters,
)
from posthouse.protocols.smtp.grammar.path import forward_path, reverse_path, write_path
from posthouse.protocols.smtp.quirks import FOREIGN_VERBS, TRAILING_SPACE
from posthouse.protocols.smtp.replies import Reply

NAME_OCTETS: Final = 255
_VERB: Final = re.compile(r"([A-Za-z]+)(?:[ \t]+(.*))?", re.DOTALL)
_CLIENT_NAME: Final = re.compile(r"[!-~\x80-\U0010ffff]+")
_MECHANISM: Final = re.compile(r"[A-Za-z0-9_-]{1,20}")
_CHUNK: Final = re.compile(r"([0-9]{1,18})(?:[ \t]+(LAST))?", re.IGNORECASE)
"""A larger chunk-size than 18 digits is nobody's message: the line is refused, and with it the connection."""
URL_OCTETS: Final = 8_192
"""Longest URL that is looked at."""
_URL: Final = re.compile(rf"([!-~]{{1,{URL_OCTETS}}})(?:[ \t]+(LAST))?", re.IGNORECASE)
_NOT_IMPLEMENTED: Final = frozenset({b"SEND", b"SOML", b"SAML", b"TURN"})


def parse_command(line: bytes) -> Command:
    """Parse one line, without CRLF.

    Raises: SyntaxViolation.
    """
    try:
        found = _VERB.fullmatch(line.decode().rstrip(TRAILING_SPACE))
    except UnicodeDecodeError:
        found = None
    parse = _PARSERS.get(found[1].upper()) if found else None
    if found is None or parse is None:
        raise _unknown(line)
    return parse(found[2] or "")


def _unknown(line: bytes) -> SyntaxViolation:
    verb = line.split(b" ", 1)[0].upper()
    if verb in FOREIGN_VERBS:
        return SyntaxViolation(replies.FOREIGN_PROTOCOL, fatal=True)
    if verb in _NOT_IMPLEMENTED:
        return SyntaxViolation(replies.NOT_IMPLEMENTED)
    return SyntaxViolation(replies.UNKNOWN_COMMAND if line.isascii() else replies.NOT_UTF8)


def _bad(words: str) -> Reply:
    return Reply(Code.ARGUMENTS_UNRECOGNIZED, words, Detail.INVALID_ARGUMENTS)


def _client_name(arguments: str) -> str:
    if not _CLIENT_NAME.fullmatch(arguments) or len(arguments.encode()) > NAME_OCTETS:
        raise SyntaxViolation(_bad("a host name or address literal must follow"))
    return arguments


def _mail(arguments: str) -> Mail:
    if arguments[:5].upper() != "FROM:":
        raise SyntaxViolation(_bad("MAIL FROM:<address> wanted"))
    path, rest = reverse_path(arguments[5:])
    return Mail(path, mail_parameters(rest))


def _rcpt(arguments: str) -> Rcpt:
    if arguments[:3].upper() != "TO:":
        raise SyntaxViolation(_bad("RCPT TO:<address> wanted"))
    path, rest = forward_path(arguments[3:])
    return Rcpt(path, rcpt_parameters(rest))


def _auth(arguments: str) -> Auth:
    mechanism, _, response = arguments.partition(" ")
    if not _MECHANISM.fullmatch(mechanism):
        raise SyntaxViolation(_bad("AUTH wants the name of a mechanism"))
    try:
        return Auth(mechanism.upper(), decode_initial_response(response.strip().encode() or None))
    except InvalidEncoding:
        raise SyntaxViolation(replies.BAD_BASE64) from None


def _bdat(arguments: str) -> Bdat:
    found = _CHUNK.fullmatch(arguments)
    if found is None:
        raise SyntaxViolation(_bad("BDAT wants a size in octets, then LAST or nothing"), fatal=True)
    return Bdat(int(found[1]), found[2] is not None)


def _burl(arguments: str) -> Burl:
    found = _URL.fullmatch(arguments)
    if found is None:
        raise SyntaxViolation(_bad("BURL wants a URL, then LAST or nothing"))
    return Burl(found[1], found[2] is not None)


def _alone(command: Command) -> Callable[[str], Command]:
    def parse(arguments: str) -> Command:
        if arguments:
            raise SyntaxViolation(_bad("no argument may follow"))
        return command

    return parse


def _string(make: Callable[[str], Command]) -> Callable[[str], Command]:
    def parse(arguments: str) -> Command:
        if not arguments:
            raise SyntaxViolation(_bad("an argument must follow"))
        return make(arguments)

    return parse


_NOOP: Final = Noop()
_PARSERS: Final[dict[str, Callable[[str], Command]]] = {
    "HELO": lambda arguments: Helo(_client_name(arguments)),
    "EHLO": lambda arguments: Ehlo(_client_name(arguments)),
    "LHLO": lambda arguments: Lhlo(_client_name(arguments)),
    "MAIL": _mail,
    "RCPT": _rcpt,
    "DATA": _alone(Data()),
    "BDAT": _bdat,
    "BURL": _burl,
    "RSET": _alone(Rset()),
    "NOOP": lambda _: _NOOP,
    "QUIT": _alone(Quit()),
    "STARTTLS": _alone(StartTls()),
    "AUTH": _auth,
    "VRFY": _string(Vrfy),
    "EXPN": _string(Expn),
    "HELP": Help,
    "ETRN": _string(Etrn),
}


def write_command(command: Command) -> bytes:
    """Write a command as one line, CRLF included."""
    match command:
        case Mail():
            line = f"MAIL FROM:{write_path(command.reverse_path)}{write_mail_parameters(command.parameters)}"
        case Rcpt():
            line = f"RCPT TO:{write_path(command.forward_path)}{write_rcpt_parameters(command.parameters)}"
        case Helo() | Ehlo() | Lhlo():
            line = f"{type(command).__name__.upper()} {command.client_name}"
        case Auth():
            response = command.initial_response
            line = f"AUTH {command.mechanism}" + ("" if response is None else f" {encode_initial_response(response).decode()}")
        case Bdat() | Burl():
            line = _piece(command) + (" LAST" if command.last else "")
        case Vrfy() | Expn():
            line = f"{type(command).__name__.upper()} {command.text}"
        case Etrn():
            line = f"ETRN {command.node}"
        case Help():
            line = f"HELP {command.topic}".rstrip()
        case Data() | Rset() | Noop() | Quit() | StartTls():
            line = type(command).__name__.upper()
    return line.encode() + b"\r\n"


def _piece(command: Bdat | Burl) -> str:
    return f"BDAT {command.size_octets}" if isinstance(command, Bdat) else f"BURL {command.url}"
