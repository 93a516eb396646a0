"""Blocks as administrators see them: listed, made and lifted by hand; who did it stands in the log."""

import ipaddress
import logging
from typing import Final

import msgspec

from posthouse.filters.access import AccessList
from posthouse.filters.guard.naming import networks_of, plain_address
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.guard import GUARD, GUARD_ALLOW
from posthouse.ports.clock import Clock
from posthouse.ports.guard import Attempt, Block, Blocked, Guard
from posthouse.services.audit.recording import About, Recorder
from posthouse.services.settings import Settings

LARGEST: Final = {4: 8, 6: 19}
"""The shortest prefix that may be blocked by hand: shorter ones are typing mistakes."""
_log = logging.getLogger(__name__)


class Check(msgspec.Struct, frozen=True):
    """How an address stands."""

    address: str
    counted: bool
    """Failures from there are counted: the guard is on and the address is not on the allow list."""
    blocked: Blocked | None
    seconds: float
    """How long that lasts; 0: until it is lifted."""


class Blocks:
    """The verbs; all raise NotPermitted and Unavailable. Who administers some domains has to do with accounts in them only."""

    def __init__(self, guard: Guard, settings: Settings, clock: Clock, recorder: Recorder) -> None:
        self._guard = guard
        self._settings = settings
        self._clock = clock
        self._recorder = recorder

    async def all(self, principal: Principal) -> list[Block]:
        """The blocks in force, by subject."""
        principal.require_some(Act.BLOCK_LOOK)
        found = await self._guard.blocks(self._clock.now())
        return [block for block in found if principal.is_everywhere or principal.may_in(Act.BLOCK_LOOK, _domain(block.subject))]

    async def add(self, principal: Principal, network: str, seconds: float = 0.0) -> str:
        """Block an address or a network, for a while or (0) until it is lifted. Returns the network. Raises: Invalid."""
        principal.require(Act.BLOCK_ADD)
        chosen = _network(network)
        if chosen.prefixlen < LARGEST[chosen.version]:
            raise Invalid(f"{chosen} is too much: at most a /{LARGEST[chosen.version]} can be blocked")
        async with self._recorder.act(principal, Act.BLOCK_ADD, About(str(chosen)), after={"seconds": seconds}):
            await self._guard.add(str(chosen), self._clock.now() + seconds if seconds else 0.0)
        _log.info(
            "block added by %s: %s %s", principal.address, chosen, f"for {seconds:.0f} s" if seconds else "until it is lifted"
        )
        return str(chosen)

    async def remove(self, principal: Principal, subject: str) -> int:
        """Lift the blocks of an address, of a network and everything in it, or of an account, and forget failures.

        Returns: how many entries that were. Raises: NotFound.
        """
        names = networks_of(subject) or (_known_as(subject),)
        domain = _domain(names[0])
        if domain:
            principal.require_in(Act.BLOCK_REMOVE, domain)
        else:
            principal.require(Act.BLOCK_REMOVE)
        async with self._recorder.act(principal, Act.BLOCK_REMOVE, About(subject.strip().lower(), domain)):
            removed = sum([await self._guard.remove(name) for name in names])
        if not removed:
            raise NotFound(f"nothing is blocked or counted for {subject}: posthouse block list shows what is")
        _log.info("block removed by %s: %s", principal.address, ascii(subject))
        return removed

    async def check(self, principal: Principal, address: str) -> Check:
        """How an address stands, for somebody nobody knows there. Raises: Invalid."""
        principal.require(Act.BLOCK_LOOK)
        plain, networks = plain_address(address), networks_of(address)
        if plain is None or networks is None:
            raise Invalid(f"{address!r} is no IP address")
        patterns: list[str] = self._settings[GUARD_ALLOW]
        counted = self._settings[GUARD] and AccessList(patterns).address(address) is None
        standing = await self._guard.standing(Attempt(plain, *networks, ""), self._clock.now())
        return Check(address, counted, standing.blocked if counted else None, standing.seconds if counted else 0.0)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise Invalid(f"{text!r} is neither an IP address nor a network such as 192.0.2.0/24") from None


def _domain(subject: str) -> str:
    """The key of the domain of an account that is blocked (perhaps from one network); empty for a network."""
    return subject.partition(" from ")[0].rpartition("@")[2] if "@" in subject else ""


def _known_as(subject: str) -> str:
    """A network as it is kept, or a name in small letters."""
    try:
        return str(ipaddress.ip_network(subject.strip(), strict=False))
    except ValueError:
        return subject.strip().casefold()
