"""Writing acts down: an act whose entry cannot be written is not done (docs/adr/0017)."""

import contextlib
import enum
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, Domain
from posthouse.model.principal import Principal
from posthouse.model.role import Act, Role
from posthouse.ports.audit import Audit, Entry
from posthouse.ports.clock import Clock

TOLD_OCTETS = 16_384
"""Of what was there before and after; more is told as its size."""
_log = logging.getLogger(__name__)


class About(msgspec.Struct, frozen=True):
    """What an act is done to."""

    subject: str
    domain: str = ""
    """Key of the domain it belongs to; empty: the whole service."""
    account: str = ""
    """Id of the account, as text."""


def about_account(account: Account) -> About:
    """An act on an account: its owner can see the entry, even under another name later."""
    return About(account.key, account.domain, to_text(account.id))


def about_domain(domain: Domain) -> About:
    """An act on a domain."""
    return About(domain.key, domain.key)


class Recorder:
    """Writes acts down."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    @asynccontextmanager
    async def act(
        self, principal: Principal, act: Act, about: About, *, before: object = None, after: object = None
    ) -> AsyncIterator[None]:
        """Write an act down, then let it be done inside the block; an error there becomes a second entry.

        ``before`` and ``after`` are structs or plain values; of two structs only what differs is told. Octets never are.
        Raises: Unavailable, OutOfSpace, before anything is done.
        """
        entry = self._entry(principal, act, about, before, after)
        await self._audit.append([entry])
        try:
            yield
        except BaseException as error:
            await self._failed(entry, error)
            raise

    async def note(self, principal: Principal, act: Act, abouts: Sequence[About], *, after: object = None) -> None:
        """Write down what is only looked at. Raises: Unavailable, OutOfSpace."""
        await self._audit.append([self._entry(principal, act, about, None, after) for about in abouts])

    def _entry(self, principal: Principal, act: Act, about: About, before: object, after: object) -> Entry:
        old, new = told(before), told(after)
        if isinstance(old, dict) and isinstance(new, dict):
            names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
            old, new = ({name: each[name] for name in names if name in each} for each in (old, new))
        return Entry(
            at=self._clock.now(),
            by=principal.address,
            role=principal.role.words,
            credential="" if principal.credential_id is None else to_text(principal.credential_id),
            origin=principal.origin,
            act=act.value,
            subject=about.subject,
            domain=about.domain,
            account=about.account,
            before=_json(old),
            after=_json(new),
        )

    async def _failed(self, entry: Entry, error: BaseException) -> None:
        outcome = str(error) if isinstance(error, PosthouseError) else type(error).__name__
        with contextlib.suppress(PosthouseError):
            await self._audit.append([msgspec.structs.replace(entry, at=self._clock.now(), outcome=outcome or "failed")])
            return
        _log.warning("the failure of %s on %s could not be written down", entry.act, ascii(entry.subject))


def told(value: Any) -> Any:
    """A value as the log tells it: structs as dictionaries, roles by name; octets (ids, verifiers, keys) not at all."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        return {str(key): told(each) for key, each in value.items() if not isinstance(each, bytes)}
    if isinstance(value, Role):
        return value.words
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [told(each) for each in value if not isinstance(each, bytes)]
    return value


def _json(value: object) -> str:
    if value is None:
        return ""
    octets = msgspec.json.encode(value)
    if len(octets) > TOLD_OCTETS:
        octets = msgspec.json.encode({"left out": len(octets)})
    return octets.decode()
