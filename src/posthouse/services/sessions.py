"""Who is signed in on this process, so that a revoked credential ends its sessions at once.

Servers add a session when it has signed in and end what they get back when it closes. Whenever the directory's epoch moves
(looked at twice a second, and on every hint) ``review`` asks whether each credential in use still counts. Owners and whoever is
above them see their sessions, and may end them (port ``ProgramSessions``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, CredentialId, SessionId, make_id
from posthouse.model.principal import Principal
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.signing_in.program_sessions import ProgramSession
from posthouse.services.authenticate import Authenticator

End = Callable[[PosthouseError], None]
"""Called with the reason: say goodbye with the protocol's code for it, and close."""
ENDED: Final = "this session was ended by hand; the program may sign in again"
_Way = tuple[AccountId, CredentialId | None, str, float]


@dataclass(eq=False)
class _Open:
    """One session."""

    end: End
    id: SessionId
    address: str
    since: float
    is_ended: bool = False
    """It has been told; its connection may take a while to close."""


class Sessions:
    """Sessions by credential and by way."""

    def __init__(self, authenticator: Authenticator, clock: Clock, entropy: Entropy) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._entropy = entropy
        self._open: dict[_Way, tuple[Principal, set[_Open]]] = {}

    def add(self, principal: Principal, end: End, address: str = "") -> Callable[[], None]:
        """Register a signed-in session (``address``: its client's); the returned function takes it out again."""
        key = (principal.account_id, principal.credential_id, principal.service, principal.good_until)
        now = self._clock.now()
        added = _Open(end, SessionId(make_id(int(now * 1000), self._entropy.octets(ENTROPY_OCTETS))), address, now)
        _, opened = self._open.setdefault(key, (principal, set()))
        opened.add(added)

        def remove() -> None:
            opened.discard(added)
            if not opened and self._open.get(key, (None, None))[1] is opened:
                del self._open[key]

        return remove

    async def review(self) -> None:
        """End the sessions whose credential does not count any more."""
        for principal, opened in list(self._open.values()):
            objection = await self._authenticator.objection(principal)
            if objection is not None:
                for each in tuple(opened):
                    each.end(objection)

    def end_all(self, reason: PosthouseError) -> None:
        """End every session: this process stops."""
        for _, opened in list(self._open.values()):
            for each in tuple(opened):
                each.end(reason)

    async def of(self, account_id: AccountId) -> list[ProgramSession]:
        """The sessions of an account."""
        found = [
            ProgramSession(each.id, account_id, principal.credential_id, principal.service, each.address, each.since)
            for principal, each in self._of(account_id)
        ]
        return sorted(found, key=lambda session: session.id)

    async def end(self, account_id: AccountId, ids: Sequence[SessionId]) -> int:
        """End sessions of an account."""
        meant = [each for _, each in self._of(account_id) if each.id in ids]
        for each in meant:
            each.is_ended = True
            each.end(Unavailable(ENDED))
        return len(meant)

    def _of(self, account_id: AccountId) -> Iterator[tuple[Principal, _Open]]:
        for (owner, *_), (principal, opened) in self._open.items():
            if owner == account_id:
                yield from ((principal, each) for each in opened if not each.is_ended)

    def __len__(self) -> int:
        """Signed-in sessions."""
        return sum(len(opened) for _, opened in self._open.values())
