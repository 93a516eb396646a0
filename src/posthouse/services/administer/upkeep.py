"""Looking after things: are an account's files whole, computing anew what can be computed, what happened to a message."""

from collections.abc import Callable

import msgspec

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import TraceId
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.account_store import Fault
from posthouse.services.administer.finding import all_accounts, permitted_account
from posthouse.services.administer.parts import Administration, TraceReader
from posthouse.services.audit.recording import About, Recorder, about_account


class Verified(msgspec.Struct, frozen=True):
    """What was found in one account."""

    address: str
    faults: tuple[Fault, ...]


class Reindexed(msgspec.Struct, frozen=True):
    """How many messages of an account were computed anew."""

    address: str
    messages: int
    trouble: str = ""
    """Why it ended early."""


class Step(msgspec.Struct, frozen=True):
    """How far upkeep has come."""

    address: str
    account: int
    """Which of the accounts, from 1."""
    accounts: int
    messages: int = 0
    """Messages of this account that are done."""


Progress = Callable[[Step], None]


def _silent(_step: Step) -> None:
    """Tell nobody."""


class Upkeep:
    """The verbs; all raise Invalid and NotFound (the address), Unavailable, and NotPermitted."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def verify(self, principal: Principal, address: str) -> Verified:
        """Check every invariant of one account."""
        account = await permitted_account(self._parts, principal, Act.MAIL_VERIFY, address)
        return Verified(account.address, tuple(await self._parts.accounts.verify(account.id)))

    async def verify_all(self, principal: Principal, progress: Progress = _silent) -> list[Verified]:
        """Check every invariant of every account, one after the other; one that cannot be read is a fault and stops nobody."""
        principal.require(Act.MAIL_VERIFY)
        accounts = await all_accounts(self._parts.directory, None)
        found = []
        for number, account in enumerate(accounts, 1):
            progress(Step(account.address, number, len(accounts)))
            try:
                found.append(Verified(account.address, tuple(await self._parts.accounts.verify(account.id))))
            except PosthouseError as error:
                found.append(Verified(account.address, (Fault("the account cannot be verified", str(error)),)))
        return found

    async def reindex(self, principal: Principal, address: str, progress: Progress = _silent) -> Reindexed:
        """Compute every projection of an account anew, a page of messages at a time: others have their turn between pages."""
        account = await permitted_account(self._parts, principal, Act.MAIL_REINDEX, address)
        await self._parts.recorder.note(principal, Act.MAIL_REINDEX, [about_account(account)])
        return await self._reindex(account, progress, (1, 1))

    async def reindex_all(self, principal: Principal, progress: Progress = _silent) -> list[Reindexed]:
        """Compute every projection of every account anew, one account after the other; trouble with one stops nobody."""
        principal.require(Act.MAIL_REINDEX)
        await self._parts.recorder.note(principal, Act.MAIL_REINDEX, [About("all accounts")])
        accounts = await all_accounts(self._parts.directory, None)
        found = []
        for number, account in enumerate(accounts, 1):
            try:
                found.append(await self._reindex(account, progress, (number, len(accounts))))
            except PosthouseError as error:
                found.append(Reindexed(account.address, 0, str(error)))
        return found

    async def _reindex(self, account: Account, progress: Progress, place: tuple[int, int]) -> Reindexed:
        done = 0
        progress(Step(account.address, *place))
        page = await self._parts.accounts.reindex(account.id)
        while page.after is not None:
            done += page.messages
            progress(Step(account.address, *place, done))
            page = await self._parts.accounts.reindex(account.id, page.after)
        return Reindexed(account.address, done + page.messages)


class Told(msgspec.Struct, frozen=True):
    """One step of one message, with everything it can be found by."""

    trace_id: TraceId
    at: float
    step: str
    text: str
    subjects: tuple[str, ...]


async def find_trace(principal: Principal, trace: TraceReader, recorder: Recorder, subject: str) -> list[Told]:
    """What happened to all messages that know an address, a Message-ID, an IP address, or have a trace id; oldest first.

    Whoever does not administer everything asks by an address of what they administer. That somebody looked is written down.
    Raises: NotPermitted, Unavailable.
    """
    wanted = subject.strip().strip("<>")
    about = _about_traced(wanted)
    if about.domain:
        principal.require_in(Act.TRACE_LOOK, about.domain)
    else:
        principal.require(Act.TRACE_LOOK)
    await recorder.note(principal, Act.TRACE_LOOK, [about])
    told: dict[tuple[TraceId, float, str, str], list[str]] = {}
    for event in await trace.find(wanted):
        subjects = told.setdefault((event.trace_id, event.at, event.step, event.text), [])
        if event.subject and event.subject not in subjects:
            subjects.append(event.subject)
    return [Told(*key, tuple(subjects)) for key, subjects in told.items()]


def _about_traced(wanted: str) -> About:
    """An address with its domain; anything else belongs to the whole service (a Message-ID looks like an address, and may)."""
    try:
        address = parse_mailbox(wanted)
        return About(address_key(address), domain_key(address.domain))
    except ValueError:
        return About(wanted[:200])
