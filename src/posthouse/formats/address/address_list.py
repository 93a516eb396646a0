"""Address lists of header fields (RFC 5322 §3.4), read the way mail comes: groups, comments, obsolete routes, stray octets.

``envelope_addresses`` keeps octets raw for the IMAP ENVELOPE; ``address_list`` gives decoded names and addresses. Both
never raise, are linear, and stop after ``ADDRESSES`` entries. ``format_address_list`` writes a field body.
"""

import functools
from collections.abc import Iterable
from typing import Final, NamedTuple

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.phrase import format_phrase
from posthouse.formats.address.tokens import Kind, Token, tokens
from posthouse.formats.address.value import Address
from posthouse.formats.charset import decode as decode_charset
from posthouse.formats.header import encoded_word
from posthouse.foundation.limits import ADDRESSES

_LOOKED_AT: Final = 131_072
"""Octets of one field that are looked at."""
_REMEMBERED: Final = 512
_REMEMBERED_OCTETS: Final = 256


class EnvelopeAddress(NamedTuple):
    """One address structure of the IMAP ENVELOPE (RFC 9051 §7.5.2), octets raw and unquoted, encoded words in place.

    ``host`` None marks group syntax: with ``mailbox`` the group begins and has that name, without it the group ends. An
    address without a domain has an empty ``host``.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


class NamedAddress(NamedTuple):
    """An address with the name that stands before it; ``group`` is the name of the group it is in."""

    display_name: str
    address: Address
    group: str | None = None


GROUP_END = EnvelopeAddress(None, None, None, None)


def envelope_addresses(body: bytes) -> list[EnvelopeAddress]:
    """Read an unfolded field body into address structures, groups marked.

    Much mail comes from few people, and goes to fewer: what short bodies have given is remembered.
    """
    return list(_remembered(body) if len(body) <= _REMEMBERED_OCTETS else _read(body[:_LOOKED_AT]))


def _read(body: bytes) -> list[EnvelopeAddress]:
    reader = _Reader()
    for token in tokens(body):
        reader.take(token)
        if len(reader.found) >= ADDRESSES:
            break
    return reader.finish()


_remembered = functools.lru_cache(_REMEMBERED)(_read)


def address_list(body: bytes) -> list[NamedAddress]:
    """Read an unfolded field body into names and addresses; names decoded, entries without a local part left out.

    The domain may be empty or malformed: the body comes from elsewhere (``mailbox.parse_mailbox`` is the strict one).
    """
    group: str | None = None
    found: list[NamedAddress] = []
    for name, _, mailbox, host in envelope_addresses(body):
        if host is None:
            group = encoded_word.decode(mailbox) if mailbox is not None else None
        elif mailbox:
            address = Address(decode_charset(mailbox), decode_charset(host))
            found.append(NamedAddress(encoded_word.decode(name or b""), address, group))
    return found


def format_address_list(addresses: Iterable[NamedAddress], *, used: int = 0) -> bytes:
    """Write a field body, folded with CRLF SP at 76 columns; ``used`` columns of the first line are taken by the name.

    Display names that are not plain ASCII become encoded words; addresses that need it stay UTF-8 (RFC 6532). Groups
    are written where consecutive entries share one.
    """
    lines: list[bytes] = []
    group: str | None = None
    column = used
    for entry in addresses:
        opening = b"" if entry.group is None or entry.group == group else format_phrase(entry.group) + b": "
        if lines:
            lines[-1] += b";," if group is not None and entry.group != group else b","
        group = entry.group
        text = opening + _formatted(entry)
        if lines and column + len(text) + 2 <= 76:
            lines[-1] += b" " + text
            column += len(text) + 2
        else:
            lines.append(text)
            column = 1 + len(text.rpartition(b"\n")[2]) + (used if len(lines) == 1 else 0)
    return b"\r\n ".join(lines) + (b";" if group is not None else b"")


def _formatted(entry: NamedAddress) -> bytes:
    mailbox = format_mailbox(entry.address).encode("utf-8", "replace")
    return format_phrase(entry.display_name) + b" <" + mailbox + b">" if entry.display_name else mailbox


class _Reader:
    """Collects tokens until a separator ends an entry."""

    def __init__(self) -> None:
        self.found: list[EnvelopeAddress] = []
        self.in_group = False
        self._start()

    def _start(self) -> None:
        self.words: list[Token] = []
        """Tokens of the phrase, or of a bare address."""
        self.angle: list[Token] = []
        """Tokens between the angle brackets."""
        self.angled = self.open = False
        self.comment: bytes | None = None

    def take(self, token: Token) -> None:
        kind = token.kind
        if kind is Kind.COMMENT:
            self.comment = token.octets
        elif self.open and kind not in (Kind.ANGLE_CLOSE, Kind.SEMICOLON):
            self._take_inside(token)
        elif kind is Kind.ANGLE_OPEN:
            self.angled = self.open = True
        elif kind is Kind.ANGLE_CLOSE:
            self.open = False
        elif kind is Kind.COLON and not self.in_group and not self.angled:
            self.found.append(EnvelopeAddress(None, None, _phrase(self.words), None))
            self.in_group = True
            self._start()
        elif kind in (Kind.COMMA, Kind.SEMICOLON):
            self._entry_ends(group_ends=kind is Kind.SEMICOLON)
        else:
            self.words.append(token)

    def _take_inside(self, token: Token) -> None:
        # "<a@b, c@d": the bracket was forgotten; a comma belongs inside only to a route, which begins with "@".
        route = not self.angle or self.angle[0].kind is Kind.AT
        if token.kind is Kind.COMMA and not route:
            self._entry_ends(group_ends=False)
        elif token.kind is not Kind.ANGLE_OPEN:
            self.angle.append(token)

    def _entry_ends(self, *, group_ends: bool) -> None:
        if self.angled:
            self._named()
        elif self.words:
            self._bare()
        if group_ends and self.in_group:
            self.found.append(GROUP_END)
            self.in_group = False
        self._start()

    def _named(self) -> None:
        inside = self.angle
        route = None
        colons = [index for index, token in enumerate(inside) if token.kind is Kind.COLON]
        if inside and inside[0].kind is Kind.AT and colons:
            route = _joined(inside[: colons[0]])
            inside = inside[colons[0] + 1 :]
        mailbox, host = _addr_spec(inside)
        name = _phrase(self.words) if self.words else self.comment
        self.found.append(EnvelopeAddress(name or None, route, mailbox, host))

    def _bare(self) -> None:
        words = self.words
        at = next((index for index in range(len(words) - 1, -1, -1) if words[index].kind is Kind.AT), None)
        if at is None and len(words) > 1:
            self.found.append(EnvelopeAddress(_phrase(words), None, b"", b""))
            return
        start = 0 if at is None else _local_part_start(words, at)
        mailbox, host = _addr_spec(words[start:])
        name = _phrase(words[:start]) or self.comment
        self.found.append(EnvelopeAddress(name or None, None, mailbox, host))

    def finish(self) -> list[EnvelopeAddress]:
        self._entry_ends(group_ends=True)
        return self.found


def _addr_spec(words: list[Token]) -> tuple[bytes, bytes]:
    """Split at the last ``@``; white space and comments between the words are gone (obs-local-part, obs-domain)."""
    at = next((index for index in range(len(words) - 1, -1, -1) if words[index].kind is Kind.AT), len(words))
    return _joined(words[:at]), _joined(words[at + 1 :])


def _local_part_start(words: list[Token], at: int) -> int:
    """Step back from ``@`` to where the local part of a bare address begins: ``Jo Doe jo@x`` lacks its brackets."""
    start = max(at - 1, 0)
    while start > 0:
        dotted = words[start].octets.startswith(b".") or words[start - 1].octets.endswith(b".")
        if words[start].spaced and not dotted:
            break
        start -= 1
    return start


def _joined(words: list[Token]) -> bytes:
    return b"".join([word.octets for word in words])


def _phrase(words: list[Token]) -> bytes:
    spaced = [b" " + word.octets if word.spaced else word.octets for word in words]
    return b"".join(spaced).strip()
