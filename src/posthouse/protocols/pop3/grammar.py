"""One line, one command (RFC 1939 §3, RFC 2449 §4)."""

import re
from collections.abc import Callable
from typing import Final

from posthouse.protocols.pop3 import commands, responses
from posthouse.protocols.pop3.commands import Apop, Auth, Command, Dele, Lang, Pass, Retr, Top, User
from posthouse.protocols.pop3.errors import SyntaxViolation
from posthouse.protocols.pop3.responses import err
from posthouse.protocols.sasl.encoding import InvalidEncoding, decode_initial_response

_VERB: Final = re.compile(r"([A-Za-z0-9]+)(?: (.*))?", re.DOTALL)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_MECHANISM: Final = re.compile(r"([A-Za-z0-9_-]{1,20})(?: +(\S+))?")
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9-]{1,40}|\*")


def parse_command(line: bytes) -> Command:
    """Parse one line, without CRLF.

    Raises: SyntaxViolation.
    """
    try:
        found = _VERB.fullmatch(line.decode())
    except UnicodeDecodeError:
        raise SyntaxViolation(responses.NOT_UTF8) from None
    parse = _PARSERS.get(found[1].upper()) if found else None
    if found is None or parse is None:
        raise SyntaxViolation(responses.UNKNOWN_COMMAND)
    return parse(found[2] or "")


def message_number(text: str) -> int:
    """Parse a message number; 0 names no message, and is left to whoever knows which exist.

    Raises: SyntaxViolation.
    """
    if not _NUMBER.fullmatch(text):
        raise SyntaxViolation(err("a message number is wanted"))
    return int(text)


def _alone(command: Command) -> Callable[[str], Command]:
    def parse(arguments: str) -> Command:
        if arguments.strip():
            raise SyntaxViolation(err("no argument may follow"))
        return command

    return parse


def _word(make: Callable[[str], Command]) -> Callable[[str], Command]:
    def parse(arguments: str) -> Command:
        if not arguments.strip():
            raise SyntaxViolation(err("an argument must follow"))
        return make(arguments.strip())

    return parse


def _numbered(make: Callable[[int], Command]) -> Callable[[str], Command]:
    return lambda arguments: make(message_number(arguments.strip()))


def _one_or_all(make: Callable[[int | None], Command]) -> Callable[[str], Command]:
    return lambda arguments: make(message_number(arguments.strip()) if arguments.strip() else None)


def _top(arguments: str) -> Top:
    words = arguments.split()
    if len(words) != 2:
        raise SyntaxViolation(err("TOP wants a message number and a number of lines"))
    return Top(message_number(words[0]), message_number(words[1]))


def _pass(arguments: str) -> Pass:
    if not arguments:
        raise SyntaxViolation(err("an argument must follow"))
    return Pass(arguments)


def _auth(arguments: str) -> Auth:
    if not arguments.strip():
        return Auth()
    found = _MECHANISM.fullmatch(arguments.strip())
    if found is None:
        raise SyntaxViolation(err("AUTH wants the name of a mechanism"))
    try:
        return Auth(found[1].upper(), decode_initial_response(found[2].encode() if found[2] else None))
    except InvalidEncoding:
        raise SyntaxViolation(responses.BAD_BASE64) from None


def _lang(arguments: str) -> Lang:
    tag = arguments.strip()
    if tag and not _LANGUAGE.fullmatch(tag):
        raise SyntaxViolation(err("a language tag is wanted"))
    return Lang(tag)


_PARSERS: Final[dict[str, Callable[[str], Command]]] = {
    "CAPA": _alone(commands.Capa()),
    "USER": _word(User),
    "PASS": _pass,
    "APOP": _word(Apop),
    "AUTH": _auth,
    "STLS": _alone(commands.Stls()),
    "UTF8": _alone(commands.Utf8()),
    "LANG": _lang,
    "STAT": _alone(commands.Stat()),
    "LIST": _one_or_all(commands.List),
    "UIDL": _one_or_all(commands.Uidl),
    "RETR": _numbered(Retr),
    "TOP": _top,
    "DELE": _numbered(Dele),
    "NOOP": _alone(commands.Noop()),
    "RSET": _alone(commands.Rset()),
    "QUIT": _alone(commands.Quit()),
}
