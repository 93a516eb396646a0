"""Responses about rights, quotas and metadata: ACL LISTRIGHTS MYRIGHTS QUOTA QUOTAROOT METADATA.

RFC 4314 §3.6-8, RFC 9208 §5, RFC 5464 §4.4.
"""

from collections.abc import Iterable, Mapping, Sequence

from posthouse.protocols.imap.commands.sharing.acl import identifier_octets
from posthouse.protocols.imap.commands.sharing.metadata import entry_octets, value_octets
from posthouse.protocols.imap.commands.sharing.quota import root_octets
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets


def acl(mailbox: str, entries: Iterable[tuple[str, str]], *, utf8: bool) -> bytes:
    """``* ACL INBOX alice lrswipkxtecda``: identifiers and their rights."""
    pairs = [b" %b %b" % (identifier_octets(who, utf8=utf8), _rights(rights)) for who, rights in entries]
    return b"* ACL %b%b\r\n" % (mailbox_octets(mailbox, utf8=utf8), b"".join(pairs))


def list_rights(mailbox: str, identifier: str, required: str, optional: Sequence[str], *, utf8: bool) -> bytes:
    """``* LISTRIGHTS INBOX bob "" l r s …``: the rights always given, then those that may be, tied ones together."""
    rights = b" ".join([_rights(required), *map(_rights, optional)])
    return b"* LISTRIGHTS %b %b %b\r\n" % (mailbox_octets(mailbox, utf8=utf8), identifier_octets(identifier, utf8=utf8), rights)


def my_rights(mailbox: str, rights: str, *, utf8: bool) -> bytes:
    """``* MYRIGHTS INBOX lrs``."""
    return b"* MYRIGHTS %b %b\r\n" % (mailbox_octets(mailbox, utf8=utf8), _rights(rights))


def quota(root: str, resources: Iterable[tuple[bytes, int, int]]) -> bytes:
    """``* QUOTA "" (STORAGE 10 512)``: resource, used, limit."""
    return b"* QUOTA %b (%b)\r\n" % (root_octets(root), b" ".join([b"%b %d %d" % resource for resource in resources]))


def quota_root(mailbox: str, roots: Iterable[str], *, utf8: bool) -> bytes:
    """``* QUOTAROOT INBOX ""``."""
    names = [b" " + root_octets(root) for root in roots]
    return b"* QUOTAROOT %b%b\r\n" % (mailbox_octets(mailbox, utf8=utf8), b"".join(names))


def metadata(mailbox: str, entries: Mapping[str, bytes | None], *, utf8: bool) -> bytes:
    """``* METADATA INBOX (/shared/comment "x")``; an empty mailbox is the server."""
    pairs = [b"%b %b" % (entry_octets(name), value_octets(value)) for name, value in entries.items()]
    name = mailbox_octets(mailbox, utf8=utf8) if mailbox else b'""'
    return b"* METADATA %b (%b)\r\n" % (name, b" ".join(pairs))


def _rights(rights: str) -> bytes:
    return rights.encode("ascii") or b'""'
