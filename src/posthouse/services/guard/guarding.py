"""Counting failed sign-ins, and refusing whoever has too many (capability J1).

One request to the keeper for each sign-in, whether it works or not: it counts, and says whether something was blocked before.
Where this process has heard of a block it asks first, so that guesses are refused before anything is hashed. A keeper that does
not answer lets everybody in. Every failure is one line of the log that programs such as fail2ban can read (docs/signing-in.md).
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from posthouse.filters.access import AccessList
from posthouse.filters.guard.counting import Rules
from posthouse.filters.guard.naming import networks_of, plain_address
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.model.settings.guard import (
    GUARD,
    GUARD_ACCOUNT_FAILURES,
    GUARD_ADDRESS_FAILURES,
    GUARD_ALLOW,
    GUARD_BLOCK_SECONDS,
    GUARD_LONGEST_SECONDS,
    GUARD_NETWORK_FAILURES,
    GUARD_WINDOW_SECONDS,
)
from posthouse.ports.clock import Clock
from posthouse.ports.guard import Attempt, Blocked, Guard, Standing
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings

BUDGET_SECONDS: Final = 0.25
REMEMBERED: Final = 10_000
"""Blocks a process remembers."""
NAME_CHARACTERS: Final = 254
_NOT_BLOCKED: Final = Standing()
_log = logging.getLogger(__name__)


class SignInBlocked(Unavailable):
    """Too many failures came from there; says nothing about the password."""


class Source(msgspec.Struct, frozen=True):
    """Where somebody signs in from."""

    address: str
    protocol: str
    """``imap``, ``pop3``, ``submission``: for the log, and for app passwords that are not for all of them."""
    program: str = ""
    """What the program calls itself, where it has said so."""


NOWHERE: Final = Source("", "")
"""Whoever signs in from no network is not counted."""


class SignInGuard:
    """Admits attempts of one process."""

    def __init__(self, guard: Guard, settings: Settings, vault: Vault, clock: Clock) -> None:
        self.guard = guard
        self._settings = settings
        self._vault = vault
        self.clock = clock
        self._heard: OrderedDict[str, float] = OrderedDict()
        """Until when something of this name is blocked, in seconds since 1970."""
        self._allowed: tuple[int, AccessList] = (-1, AccessList(()))

    async def admit(self, source: Source, login: str, key: str) -> "Admitted":
        """Let an attempt begin; ``key`` is the address key of the login, or the login where it is no address.

        Raises: SignInBlocked.
        """
        admitted = Admitted(self, source, login, self._attempt(source.address, key))
        if admitted.attempt is None or not self._has_heard(admitted.attempt):
            return admitted
        standing = await self.ask(self.guard.standing(admitted.attempt, self.clock.now()))
        if standing.blocked is not None and standing.blocked.is_of_account:
            return replace(admitted, standing=standing)
        self.refuse(admitted.attempt, standing)
        return admitted

    def rules(self) -> Rules:
        """The limits as they are set now."""
        settings = self._settings
        return Rules(
            settings[GUARD_ADDRESS_FAILURES],
            settings[GUARD_NETWORK_FAILURES],
            settings[GUARD_ACCOUNT_FAILURES],
            settings[GUARD_WINDOW_SECONDS],
            settings[GUARD_BLOCK_SECONDS],
            settings[GUARD_LONGEST_SECONDS],
        )

    def keyed(self, login: str, secret: str) -> bytes:
        """What stands for a wrong secret: it can be compared, and nothing else."""
        return self._vault.keyed(b"tried\0" + f"{login}\0{secret}".encode("utf-8", "surrogatepass"))

    async def ask(self, answer: Awaitable[Standing]) -> Standing:
        """The keeper's answer; where there is none nobody is blocked."""
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                return await answer
        except (TimeoutError, PosthouseError) as error:
            _log.warning("failed sign-ins are not counted: %s", str(error) or "the keeper does not answer")
            return _NOT_BLOCKED

    def refuse(self, attempt: Attempt, standing: Standing) -> None:
        """Raises: SignInBlocked where something was blocked before."""
        if standing.blocked is None:
            return
        until = self.clock.now() + (standing.seconds or BUDGET_SECONDS)
        self._heard[_name(attempt, standing.blocked)] = until
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)
        if not standing.begins:
            raise SignInBlocked(_words(standing))
        _log.warning(
            "sign-ins blocked for %d s: %s %s",
            standing.seconds,
            standing.blocked.value,
            _printable(_name(attempt, standing.blocked)),
        )

    def _attempt(self, address: str, key: str) -> Attempt | None:
        if not self._settings[GUARD]:
            return None
        plain, networks = plain_address(address), networks_of(address)
        if plain is None or networks is None or self._is_allowed(plain):
            return None
        name = key if key.isprintable() else _printable(key)
        return Attempt(plain, *networks, name[:NAME_CHARACTERS])

    def _is_allowed(self, address: str) -> bool:
        version, allowed = self._allowed
        if version != self._settings.version:
            patterns: list[str] = self._settings[GUARD_ALLOW]
            allowed = AccessList(patterns)
            self._allowed = (self._settings.version, allowed)
        return allowed.address(address) is not None

    def _has_heard(self, attempt: Attempt) -> bool:
        now = self.clock.now()
        return any(self._heard.get(_name(attempt, kind), 0.0) > now for kind in Blocked)


@dataclass(frozen=True)
class Admitted:
    """An attempt under way."""

    guard: SignInGuard
    source: Source
    login: str
    attempt: Attempt | None
    """None: not counted."""
    standing: Standing = _NOT_BLOCKED
    """A block of the account, which does not concern secrets that nobody can guess."""

    async def refuse_guess(self, secret: str) -> None:
        """Refuse what might be a guess before anything is hashed for it; it counts where it comes from. Raises: SignInBlocked."""
        if self.attempt is not None and self.standing.blocked is not None:
            with contextlib.suppress(SignInBlocked):
                await self.failed(secret)
            self.guard.refuse(self.attempt, self.standing)

    async def failed(self, secret: str, *, harmless: bool = False) -> None:
        """Note a failure; ``secret`` is what was tried, or how. A ``harmless`` one is not counted: it was no guess.

        Raises: SignInBlocked where something was blocked before.
        """
        if self.source.address:
            words = "refused" if harmless else "failed"
            _log.warning(
                "sign-in %s from %s over %s as %s", words, self.source.address, self.source.protocol, _printable(self.login)
            )
        if self.attempt is not None and not harmless:
            now, guard = self.guard.clock.now(), self.guard
            secret_key = guard.keyed(self.attempt.account, secret)
            guard.refuse(self.attempt, await guard.ask(guard.guard.failed(self.attempt, secret_key, guard.rules(), now)))

    async def succeeded(self, *, strong: bool) -> None:
        """Note a success; ``strong``: by a secret that nobody can guess. Raises: SignInBlocked."""
        if self.attempt is not None:
            guard = self.guard
            guard.refuse(self.attempt, await guard.ask(guard.guard.succeeded(self.attempt, guard.clock.now(), strong=strong)))


def _name(attempt: Attempt, kind: Blocked) -> str:
    """Under which name a block is remembered."""
    if kind is Blocked.NETWORK:
        return attempt.wide
    if kind is Blocked.ACCOUNT:
        return attempt.account
    return f"{attempt.account} from {attempt.near}" if kind is Blocked.PAIR else attempt.near


def _words(standing: Standing) -> str:
    whom = "for this account" if standing.blocked is Blocked.ACCOUNT else "from your network"
    if standing.blocked is Blocked.HAND:
        return "sign-ins from your network are blocked: ask your administrator"
    minutes = max(1, round(standing.seconds / 60 + 0.5))
    return f"too many failed sign-ins {whom}: none is taken for now, try again in {minutes} min, or ask your administrator"


def _printable(text: str) -> str:
    """A name as it may stand in a log: one line, quoted, nothing that could be taken for another entry."""
    return ascii(text[:NAME_CHARACTERS])
