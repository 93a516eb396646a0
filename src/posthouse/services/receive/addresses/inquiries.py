"""What strangers may ask where the operator allows it: who is here (VRFY), whom an address means (EXPN), send my mail (ETRN)."""

from typing import Final

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.account import Account, Status
from posthouse.model.delivery import START, Position, Wanted
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.queue import Queue
from posthouse.services.receive.recipients import NO_SUCH_MAILBOX

PORTIONS: Final = 100
"""Portions of the queue that one request sets in motion; the rest comes with the next."""


class Ambiguous(Invalid):
    """A name without a domain that several people have."""


class Inquiries:
    """Answers; whether it may is for whoever asks on the wire to look up. Every verb raises Unavailable."""

    def __init__(self, directory: DirectoryReader, queue: Queue) -> None:
        self._directory = directory
        self._queue = queue

    async def verify(self, text: str) -> Account:
        """The account with an address, or with a name where only one has it. Raises: NotFound, Ambiguous."""
        found = [account for key in await self._keys(text) if (account := await self._directory.account_at(key)) is not None]
        active = [account for account in found if account.status is Status.ACTIVE]
        if not active:
            raise NotFound(NO_SUCH_MAILBOX)
        if len(active) > 1:
            raise Ambiguous("more than one person has this name: ask with the domain")
        return active[0]

    async def expand(self, text: str) -> list[str]:
        """The addresses an alias stands for. Raises: NotFound."""
        for key in await self._keys(text):
            alias = await self._directory.alias(key)
            if alias is not None:
                return list(alias.targets)
        raise NotFound("there is no list of this name")

    async def run_queue(self, node: str) -> int:
        """Try everything again that waits for a domain; tells how many recipients do. Raises: Invalid."""
        try:
            domain = domain_key(node.removeprefix("@"))
        except ValueError as error:
            raise Invalid(f"{node!r} is no domain: {error}") from None
        count = 0
        after: Position | None = START
        for _ in range(PORTIONS):
            if after is None:
                break
            changed = await self._queue.change_some(Wanted(domain=domain), "retry", after=after)
            count, after = count + changed.count, changed.after
        return count

    async def _keys(self, text: str) -> list[str]:
        """The keys a text may mean: an address as written, or a name in each of our domains."""
        text = text.strip().removeprefix("<").removesuffix(">")
        try:
            if "@" in text:
                return [address_key(parse_mailbox(text))]
            return [address_key(Address(text, domain.key)) for domain in await self._directory.domains()]
        except (InvalidMailbox, ValueError):
            raise NotFound(NO_SUCH_MAILBOX) from None
