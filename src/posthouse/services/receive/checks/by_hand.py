"""The lists by hand: who is let in without checks, and who is not let in (C3)."""

from posthouse.filters.access import AccessList
from posthouse.filters.verdict import Finding
from posthouse.formats.address.key import address_key
from posthouse.services.receive.checks.parts import Lists
from posthouse.services.receive.checks.refusals import Blocked
from posthouse.services.receive.reception import Expected, Reception


class ListsOfTheService:
    """The operator's lists: before all other checks."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    async def examine(self, reception: Reception) -> None:
        """Let in or refuse. Raises: Blocked."""
        if reception.trusted:
            return
        if (pattern := match(self._lists.allowed(), reception)) is not None:
            reception.trusted = True
            reception.findings.append(Finding("allowed", "pass", pattern))
        elif (pattern := match(self._lists.blocked(), reception)) is not None:
            raise _blocked(reception, pattern)


class ListsOfTheDomain:
    """A domain's own lists: for its recipients only."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    async def examine(self, reception: Reception, expected: Expected) -> None:
        """Refuse for this recipient. Raises: Blocked."""
        for domain in {account.domain for account in expected.resolved.accounts}:
            if match(await self._lists.allowed_by(domain), reception) is not None:
                continue
            if (pattern := match(await self._lists.blocked_by(domain), reception)) is not None:
                raise _blocked(reception, pattern)


def match(access: AccessList, reception: Reception) -> str | None:
    """The pattern of a list that fits the client's address, its confirmed name, or the sender."""
    if not access:
        return None
    found = access.address(reception.client.address)
    if found is None and reception.client_host:
        found = access.host(reception.client_host)
    sender = reception.sender.reverse_path
    if found is None and sender is not None:
        found = access.sender(address_key(sender))
    return found


def _blocked(reception: Reception, pattern: str) -> Blocked:
    reception.findings.append(Finding("blocked", "fail", pattern))
    return Blocked("mail from you is not accepted here; write to postmaster if this is a mistake")
