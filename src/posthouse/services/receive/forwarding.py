"""Mail that only passes through: the sender's address for the way on, and the way back of its bounces (B5, SRS)."""

from collections.abc import Callable, Sequence
from typing import Final

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import every
from posthouse.formats.srs import InvalidSrs, forwarded, is_srs, returned
from posthouse.foundation.errors import NotFound
from posthouse.ports.clock import Clock
from posthouse.services.receive.reception import Expected

_DAY: Final = 86_400
_PURPOSE: Final = b"sender rewriting"


def delivered_to(recipients: Sequence[Expected]) -> bytes:
    """A Delivered-To field with CRLF for each address of ours whose mail is sent on to others."""
    return b"".join(f"Delivered-To: {address}\r\n".encode() for address in _forwarding(recipients))


def comes_back(head: bytes, recipients: Sequence[Expected]) -> bool:
    """Whether a message has been forwarded from one of these addresses before: whom we send it to sends it back."""
    ours = _forwarding(recipients)
    if not ours:
        return False
    seen = {value.decode("utf-8", "replace").strip().lower() for value in every(head, b"delivered-to")}
    return any(address.lower() in seen for address in ours)


def _forwarding(recipients: Sequence[Expected]) -> list[str]:
    others = (expected for expected in recipients if expected.resolved.foreign or expected.resolved.groups)
    return [format_mailbox(expected.wanted.address) for expected in others]


class Forwarding:
    """Rewrites sender addresses; ``keyed`` is the vault's keyed hash."""

    def __init__(self, keyed: Callable[[bytes], bytes], clock: Clock) -> None:
        self._key = keyed(_PURPOSE)
        self._clock = clock

    def forward_path(self, sender: Address | None, domain: str) -> str:
        """The reverse-path of a message of somebody else that leaves from an address in ``domain``; the null one stays null."""
        if sender is None:
            return ""
        return format_mailbox(forwarded(sender, domain, self._key, self._day))

    def way_back(self, address: Address, sender: Address | None) -> Address | None:
        """Whom a bounce is for; None for an address that is none of forwarded mail.

        Raises: NotFound for one that was not made here, has expired, or gets anything but a bounce: nobody shall use us as a relay.
        """
        if not is_srs(address.local_part):
            return None
        if sender is not None:
            raise NotFound("this address takes nothing but notifications about mail that was forwarded")
        try:
            return returned(address.local_part, self._key, self._day)
        except InvalidSrs as error:
            raise NotFound(str(error)) from None

    @property
    def _day(self) -> int:
        return int(self._clock.now() // _DAY)
