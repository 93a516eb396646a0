"""The mailboxes of one account after the other: with their numbers, grants and annotations, then their messages."""

from typing import Final

from posthouse.foundation.errors import Invalid, LimitReached
from posthouse.foundation.ids import AccountId, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, Mailbox, SpecialUse
from posthouse.model.settings.people import SHARING_ANYONE
from posthouse.model.sharing.rights import ANYONE, NEGATIVE, Grant, account_of, for_another
from posthouse.ports.moving.archive import Member
from posthouse.ports.spool import Spool, SpoolFile
from posthouse.services.administer.moving import archive
from posthouse.services.administer.moving.planning import Planned
from posthouse.services.administer.parts import Administration
from posthouse.services.from_inside.bodies import body_of

BATCH_MESSAGES: Final = 100
BATCH_OCTETS: Final = 4_194_304
LEFT_OUT: Final = 1_000


class Filling:
    """Takes what the archive says of an account; messages of one mailbox come by UID."""

    def __init__(self, parts: Administration, spool: Spool, planned: Planned) -> None:
        self._parts = parts
        self._spool = spool
        self._planned = planned
        self._account_id = AccountId(b"")
        self._is_whole = True
        self._part: archive.MailPart | None = None
        self._boxes: list[Mailbox] = []
        self._number = -1
        """Of the mailbox that is being filled."""
        self._next = 0
        """The UID from which on it has nothing yet."""
        self._batch: list[tuple[int, Member]] = []
        self._batch_octets = 0
        self.messages = 0
        """That are here now."""
        self.grantees: set[str] = set()
        """Who has rights on some of it; for the directory, once the account is in it."""

    def begin(self, account_id: AccountId, *, is_whole: bool) -> None:
        """Begin with an account; one that can be found is whole already, and is left alone."""
        self._account_id, self._is_whole = account_id, is_whole
        self._part, self._boxes, self._number, self._next = None, [], -1, 0
        self.grantees = set()

    async def mailboxes(self, part: archive.MailPart) -> None:
        """Make its mailboxes, in the order of the archive. Raises: Invalid."""
        moved = [self._moved(grant) for box in part.mailboxes for grant in box.grants]
        self.grantees = {grant.identifier for grant in moved if grant is not None and not grant.identifier.startswith(NEGATIVE)}
        if self._is_whole:
            return
        store, self._part = self._parts.accounts, part
        there = {box.name: box for box in await store.mailboxes(self._account_id)}
        for box in part.mailboxes:
            use = None if box.special_use is None else _use(box.special_use)
            if box.name not in there:
                made = await store.create_mailbox(self._account_id, box.name, use if use is not SpecialUse.INBOX else None)
                there = {each.name: each for each in await store.mailboxes(self._account_id)} | {made.name: made}
            elif use is not None and there[box.name].special_use is not use:
                await store.set_special_use(self._account_id, there[box.name].id, use)
            await self._number_mailbox(there[box.name], box)
            await self._dress(there[box.name], box)
        names = {each.name: each for each in await store.mailboxes(self._account_id)}
        self._boxes = [names[box.name] for box in part.mailboxes]
        for name in part.subscriptions:
            await store.subscribe(self._account_id, name, True)
        if part.annotations:
            await store.annotate(self._account_id, None, part.annotations)

    async def message(self, place: tuple[int, int], member: Member) -> None:
        """Take the next message. Raises: Invalid."""
        self.messages += 1
        if self._is_whole:
            return
        number, uid = place
        if number != self._number:
            await self._turn_to(number)
        if uid < self._next:
            return  # it is here
        if self._batch and (
            uid != self._batch[-1][0] + 1 or len(self._batch) >= BATCH_MESSAGES or self._batch_octets >= BATCH_OCTETS
        ):
            await self._append()
        if self._batch and uid <= self._batch[-1][0]:
            raise Invalid(f"{member.name} in the archive comes too late")
        self._batch.append((uid, member))
        self._batch_octets += len(member.octets)

    async def end(self) -> None:
        """The account's mail is whole: its mailboxes go on where they were left."""
        if self._is_whole or self._part is None:
            return
        await self._append()
        for box, described in zip(self._boxes, self._part.mailboxes, strict=True):
            now = await self._parts.accounts.mailbox(self._account_id, box.id)
            if now.uid_next < described.uid_next:
                await self._parts.accounts.number_mailbox(self._account_id, box.id, now.uid_validity, described.uid_next)
            await self._parts.accounts.claim_recent(self._account_id, box.id)

    async def _number_mailbox(self, box: Mailbox, described: archive.MailboxPart) -> None:
        if box.uid_validity != described.uid_validity:
            await self._parts.accounts.number_mailbox(self._account_id, box.id, described.uid_validity, box.uid_next)

    async def _dress(self, box: Mailbox, described: archive.MailboxPart) -> None:
        for grant in described.grants:
            moved = self._moved(grant)
            if moved is None:
                self._leave_out(f"rights of {grant.identifier} on {described.name}: nobody here")
                continue
            await self._parts.accounts.put_grant(self._account_id, box.id, moved)
        if described.annotations:
            await self._parts.accounts.annotate(self._account_id, box.id, described.annotations)

    def _moved(self, grant: Grant) -> Grant | None:
        """A grant for whom it is here; None where that is nobody of the archive, or everybody and that is not wanted here."""
        name = grant.identifier.removeprefix(NEGATIVE)
        sign = grant.identifier[: len(grant.identifier) - len(name)]
        if name == ANYONE:
            return grant if sign or self._parts.settings[SHARING_ANYONE] else None
        holder = account_of(name)
        here = None if holder is None else self._planned.ids.get(holder)
        return None if here is None else Grant(sign + for_another(name, here), grant.rights)

    async def _turn_to(self, number: int) -> None:
        await self._append()
        if number >= len(self._boxes) or number < self._number:
            raise Invalid("the archive has messages of a mailbox it does not describe, or not in order")
        self._number = number
        self._next = (await self._parts.accounts.mailbox(self._account_id, self._boxes[number].id)).uid_next

    async def _append(self) -> None:
        """Put the messages that wait into their mailbox, under the UIDs they had."""
        batch, self._batch, self._batch_octets = self._batch, [], 0
        if not batch:
            return
        box, first = self._boxes[self._number], batch[0][0]
        if first > self._next:
            await self._parts.accounts.number_mailbox(self._account_id, box.id, box.uid_validity, first)
        files: list[SpoolFile] = []
        try:
            appends = [await self._prepared(member, files) for _, member in batch]
            placed = await self._parts.accounts.append(self._account_id, box.id, appends)
        finally:
            for file in files:
                await file.discard()
        if placed.uids != [uid for uid, _ in batch]:
            raise LimitReached(f"somebody else changes {to_text(self._account_id)} at the same time: begin again")
        self._next = batch[-1][0] + 1

    async def _prepared(self, member: Member, files: list[SpoolFile]) -> Append:
        try:
            received_at, flags = float(member.attributes["received"]), int(member.attributes["flags"])
        except (KeyError, ValueError) as error:
            raise Invalid(f"{member.name} in the archive has no date or no flags") from error
        if flags & ~sum(Flag) or not 0 <= received_at < 1e12:
            raise Invalid(f"{member.name} in the archive has a date or flags that there are not")
        keywords = tuple(member.attributes.get("keywords", "").split())
        return Append(Content(await body_of(self._spool, member.octets, files)), received_at, flags, keywords)

    def _leave_out(self, words: str) -> None:
        if len(self._planned.plan.left_out) < LEFT_OUT:
            self._planned.plan.left_out.append(words)


def _use(text: str) -> SpecialUse:
    try:
        return SpecialUse(text)
    except ValueError as error:
        raise Invalid(f"there is no use {text[:100]!r} of a mailbox") from error
