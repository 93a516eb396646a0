"""After the letters have come: what their readers did with them, and the writers' own copies."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from posthouse.bootstrap.demo.composing import Composer, readers
from posthouse.bootstrap.demo.letter import FLAGS, Letter
from posthouse.bootstrap.demo.people import PEOPLE
from posthouse.bootstrap.house import House, open_house
from posthouse.bootstrap.layout import Layout
from posthouse.formats.header.fields import first
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation, Mailbox, SpecialUse
from posthouse.protocols.imap.projections.registry import HEADER

PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1


async def settle(layout: Layout, letters: Sequence[Letter], composer: Composer) -> None:
    """Wait until every letter has arrived, then mark those that were read and file what was sent.

    Raises: Unavailable when the letters do not arrive.
    """
    async with open_house(layout) as house:
        for name, person in PEOPLE.items():
            account = await house.directory.account_at(person.address)
            assert account is not None
            await _mark(house, account.id, [letter for letter in letters if name in readers(letter)], composer)
            await _file(house, account.id, [letter for letter in letters if letter.sender == name], composer)


async def _mark(house: House, account_id: AccountId, letters: Sequence[Letter], composer: Composer) -> None:
    inbox, arrived = await _arrived(house, account_id, {composer.message_id(letter) for letter in letters})
    for letter in letters:
        flags = Flag.NONE
        for name in letter.flags:
            flags |= FLAGS[name]
        if flags:
            change = FlagChange(FlagOperation.ADD, int(flags))
            await house.accounts.store_flags(account_id, inbox.id, [arrived[composer.message_id(letter)]], change)


async def _arrived(house: House, account_id: AccountId, wanted: set[bytes]) -> tuple[Mailbox, Mapping[bytes, int]]:
    """The inbox and the UIDs by Message-ID, once all have come."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    while True:
        inbox = await _mailbox(house, account_id, SpecialUse.INBOX)
        uids = (await house.accounts.placements(account_id, inbox.id)).uids
        rows = (await house.accounts.fetch(account_id, inbox.id, uids, [HEADER])).rows if uids else []
        found = {first(header, b"message-id") or b"": uid for uid, header in rows}
        if wanted <= found.keys():
            return inbox, found
        if loop.time() > deadline:
            raise Unavailable("some letters have not arrived: see posthouse queue list")
        await asyncio.sleep(_LOOK_SECONDS)


async def _file(house: House, account_id: AccountId, letters: Sequence[Letter], composer: Composer) -> None:
    sent = await _mailbox(house, account_id, SpecialUse.SENT)
    appends = [
        Append(Content(composer.message(letter)), composer.written_at(letter).timestamp(), int(Flag.SEEN)) for letter in letters
    ]
    if appends and not sent.messages:
        await house.accounts.append(account_id, sent.id, appends)


async def _mailbox(house: House, account_id: AccountId, use: SpecialUse) -> Mailbox:
    boxes = await house.accounts.mailboxes(account_id)
    return next(box for box in boxes if box.special_use is use)
