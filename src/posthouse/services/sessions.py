"""Who is signed in on this process, so that a revoked credential ends its sessions at once.

Servers add a session when it has signed in and end what they get back when it closes. Whenever the directory's epoch moves
(looked at twice a second, and on every hint) ``review`` asks whether each credential in use still counts.
"""

from collections.abc import Callable

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.principal import Principal
from posthouse.services.authenticate import Authenticator

End = Callable[[PosthouseError], None]
"""Called with the reason: say goodbye with the protocol's code for it, and close."""


class Sessions:
    """Sessions by credential and by way."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._ends: dict[tuple[AccountId, CredentialId | None, str], tuple[Principal, set[End]]] = {}

    def add(self, principal: Principal, end: End) -> Callable[[], None]:
        """Register a signed-in session; the returned function takes it out again."""
        key = (principal.account_id, principal.credential_id, principal.service)
        _, ends = self._ends.setdefault(key, (principal, set()))
        ends.add(end)

        def remove() -> None:
            ends.discard(end)
            if not ends and self._ends.get(key, (None, None))[1] is ends:
                del self._ends[key]

        return remove

    async def review(self) -> None:
        """End the sessions whose credential does not count any more."""
        for principal, ends in list(self._ends.values()):
            objection = await self._authenticator.objection(principal)
            if objection is not None:
                for end in tuple(ends):
                    end(objection)

    def end_all(self, reason: PosthouseError) -> None:
        """End every session: this process stops."""
        for _, ends in list(self._ends.values()):
            for end in tuple(ends):
                end(reason)

    def __len__(self) -> int:
        """Signed-in sessions."""
        return sum(len(ends) for _, ends in self._ends.values())
