"""What must not be answered by a machine (RFC 3834 §2, RFC 5230 §4.6). Pure."""

import re
from collections.abc import Collection
from typing import Final

from posthouse.formats.address.address_list import address_list
from posthouse.formats.address.key import address_key
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import every, first

_MACHINES: Final = re.compile(
    r"(?:owner-.*|.*-(?:request|owner|bounces?|errors?|relay|admin)|bounces?[-+].*|mailer-daemon|postmaster|listserv|majordomo"
    r"|(?:no|do-?not)-?_?reply.*)",
    re.IGNORECASE,
)
"""Local parts behind which nobody reads (RFC 5230 §4.6, and the names today's senders use)."""
_LISTS: Final = (b"list-id", b"list-unsubscribe", b"list-help", b"list-post", b"list-subscribe", b"list-owner", b"list-archive")
_BULK: Final = frozenset({b"bulk", b"list", b"junk"})
_DIRECT: Final = (b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc", b"apparently-to")


def objection(head: bytes, sender: Address | None, own: Collection[str]) -> str:
    """Why a message gets no reply by itself, in words; empty when it may have one.

    ``head`` is its header, ``sender`` the reverse-path, ``own`` the keys of the addresses of whom it came to.
    """
    if sender is None:
        return "it is a notification (null reverse-path)"
    if _MACHINES.fullmatch(sender.local_part):
        return "its sender is a program"
    submitted = first(head, b"auto-submitted")
    if submitted is not None and submitted.split(b";")[0].strip().lower() != b"no":
        return "a program has written it (Auto-Submitted)"
    if first(head, b"x-auto-response-suppress") is not None:
        return "its sender wants no automatic replies (X-Auto-Response-Suppress)"
    if any(first(head, name) is not None for name in _LISTS):
        return "it comes from a list"
    if (first(head, b"precedence") or b"").strip().lower() in _BULK:
        return "it is bulk mail (Precedence)"
    if _key(sender) in own:
        return "it comes from the same address"
    if not _names(head, own):
        return "it is not addressed to this account in To or Cc"
    return ""


def _names(head: bytes, own: Collection[str]) -> bool:
    return any(
        _key(entry.address) in own or _key(_base(entry.address)) in own
        for name in _DIRECT
        for body in every(head, name)
        for entry in address_list(body)
    )


def _base(address: Address) -> Address:
    base, plus, _ = address.local_part.partition("+")
    return Address(base, address.domain) if plus and base else address


def _key(address: Address) -> str:
    try:
        return address_key(address)
    except ValueError:
        return ""
