"""Who is signed in to an account: browsers, and mail programs on all workers. Owners and who is above see it, and may end it."""

import asyncio
import itertools
from collections.abc import Mapping

import msgspec

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import CredentialId, SessionId, from_text, to_text
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.signing_in.program_sessions import ProgramSessions
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account
from posthouse.services.browsers.sessions import OpenSessions

BROWSER = "browser"


class ActiveSession(msgspec.Struct, frozen=True):
    """Somebody who is signed in."""

    id: SessionId
    protocol: str
    """``browser``, ``imap``, ``pop3``, ``submission``."""
    address: str
    since: float
    seen_at: float | None = None
    """When a browser was used last, within a minute."""
    program: str = ""
    """What the browser calls itself; of a mail program the name of its app password."""
    proofs: tuple[str, ...] = ()
    """By what the browser's owner was recognised."""


class SessionControl:
    """The verbs; all raise Invalid and NotFound for the address, Unavailable, and NotPermitted but for owners and who is above."""

    def __init__(self, parts: Administration, browsers: OpenSessions, programs: Mapping[int, ProgramSessions]) -> None:
        self._parts = parts
        self._browsers = browsers
        self._programs = programs
        """Of all workers, by slot."""

    async def all(self, principal: Principal, address: str) -> list[ActiveSession]:
        """The sessions of an account: browsers first, then mail programs, each in order."""
        account = await permitted_account(self._parts, principal, Act.SESSION_LOOK, address)
        return await self._all(account)

    async def end(self, principal: Principal, address: str, session: str) -> ActiveSession:
        """End a session, given its id; a mail program's connection closes. Raises: NotFound."""
        account = await permitted_account(self._parts, principal, Act.SESSION_END, address)
        try:
            id_ = SessionId(from_text(session))
        except ValueError:
            id_ = SessionId(b"")
        found = next((each for each in await self._all(account) if each.id == id_), None)
        if found is None:
            raise NotFound(f"{account.address} has no session {session!r}: it has ended, or never was")
        await self._end(principal, account, [found])
        return found

    async def clear(self, principal: Principal, address: str, besides: SessionId | None = None) -> int:
        """End all sessions of an account, or all but one. Returns their number."""
        account = await permitted_account(self._parts, principal, Act.SESSION_END, address)
        found = [each for each in await self._all(account) if each.id != besides]
        if found:
            await self._end(principal, account, found)
        return len(found)

    async def _all(self, account: Account) -> list[ActiveSession]:
        browsers = [
            ActiveSession(each.id, BROWSER, each.address, each.created_at, each.seen_at, each.program, each.proofs)
            for each in await self._browsers.counting(account)
        ]
        told = await asyncio.gather(*(each.of(account.id) for each in self._programs.values()))
        names: dict[CredentialId | None, str] = {
            credential.id: credential.name for credential in await self._parts.directory.credentials(account.id)
        }
        programs = [
            ActiveSession(each.id, each.protocol, each.address, each.since, program=names.get(each.credential_id, ""))
            for each in itertools.chain.from_iterable(told)
        ]
        return browsers + sorted(programs, key=lambda each: (each.since, each.id))

    async def _end(self, principal: Principal, account: Account, found: list[ActiveSession]) -> None:
        before = [{"id": to_text(each.id), "protocol": each.protocol, "address": each.address} for each in found]
        ids = [each.id for each in found]
        async with self._parts.recorded(principal, Act.SESSION_END, about_account(account), before=before):
            await self._browsers.end_some(account.id, ids)
            await asyncio.gather(*(each.end(account.id, ids) for each in self._programs.values()))
