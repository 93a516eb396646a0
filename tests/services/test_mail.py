"""An owner's mail: rights are checked once, then every verb is the store's."""

import inspect
from typing import Any

import pytest
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.memory.account_store import MemoryAccountStore
from posthouse.adapters.memory.bus import MemoryBus
from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import FlagChange, FlagOperation, SpecialUse
from posthouse.model.principal import SYSTEM, Principal
from posthouse.model.role import Role
from posthouse.model.sharing.rights import Grant, Right
from posthouse.ports.account_store import AccountStore
from posthouse.services.mail import Mail

ALICE, BOB = AccountId(b"alice-alice-alic"), AccountId(b"bob-bob-bob-bob-")


@pytest.fixture
async def store() -> MemoryAccountStore:
    made = MemoryAccountStore({}, MemoryBus(), (FakeClock(), CountingEntropy()))
    await made.create(ALICE, "person", [("Other", None)])
    return made


@pytest.mark.parametrize("role", [Role.OWNER, Role.DOMAIN_ADMINISTRATOR, Role.OPERATOR])
async def test_nobody_reads_the_mail_of_others(store: MemoryAccountStore, role: Role) -> None:
    with pytest.raises(NotPermitted):
        Mail(Principal(BOB, "bob@example.test", role), ALICE, store)


async def test_the_owner_and_the_house_itself_do(store: MemoryAccountStore) -> None:
    for principal in (Principal(ALICE, "alice@example.test"), SYSTEM):
        assert [mailbox.name for mailbox in await Mail(principal, ALICE, store).mailboxes()] == ["INBOX", "Other"]


async def test_every_verb_is_the_stores(store: MemoryAccountStore) -> None:
    mail = Mail(Principal(ALICE, "alice@example.test"), ALICE, store)
    inbox, other = [mailbox.id for mailbox in await mail.mailboxes()]
    octets = b"Subject: x\r\n\r\nhello\r\n"
    assert (await mail.append(inbox, [Append(Content(octets), 5.0)] * 3)).uids == [1, 2, 3]
    assert await mail.claim_recent(inbox) == 1
    assert (await mail.mailbox(inbox)).messages == 3
    assert (await mail.store_flags(inbox, [1], FlagChange(FlagOperation.ADD, 8))).stored.uids == [1]
    assert (await mail.placements(inbox, 1)).uids == [2, 3]
    assert (await mail.changes(inbox, 0)).changed.uids == [1, 2, 3]
    assert (await mail.fetch(inbox, [1, 2], ["size"], 1)).rows == [(2, len(octets))]
    assert await mail.read(inbox, 1, 9, 1) == b"x"
    assert (await mail.copy(inbox, [2], other)).uids == [1]
    assert (await mail.move(inbox, [2], other)).uids == [2]
    assert await mail.expunge(inbox) == [1]
    assert await mail.expunge(inbox, [3], forced=True) == [3]
    made = await mail.create_mailbox("New")
    await mail.rename_mailbox(made.id, "Newer")
    await mail.subscribe("Newer", True)
    assert await mail.subscriptions() == ["INBOX", "Newer", "Other"]
    await mail.set_special_use(made.id, SpecialUse.ARCHIVE)
    assert (await mail.mailbox(made.id)).special_use is SpecialUse.ARCHIVE
    assert (await mail.append(inbox, [Append(Content(octets), 5.0)])).uids == [4]
    assert (await mail.replace(inbox, 4, other, Append(Content(octets), 5.0))).uids == [3]
    assert (await mail.quota()).messages == 3
    await mail.put_grant(other, Grant("anyone", int(Right.LOOKUP)))
    assert await mail.grants(other) == [Grant("anyone", 1)]
    assert await mail.all_grants() == [(other, Grant("anyone", 1))]
    await mail.annotate(None, {"/shared/comment": b"mine"})
    assert await mail.annotations(None) == {"/shared/comment": b"mine"}
    await mail.delete_mailbox(made.id)
    assert [mailbox.name for mailbox in await mail.mailboxes()] == ["INBOX", "Other"]


def test_each_verb_takes_what_the_stores_takes_but_the_account_and_the_viewer() -> None:
    own = {"rights", "require", "reachable", "withdraw"}
    verbs = [name for name, _ in inspect.getmembers(Mail, inspect.iscoroutinefunction) if name not in own]
    assert len(verbs) == 25

    def shape(function: Any, skipped: int) -> list[tuple[str, Any, Any]]:
        parameters = list(inspect.signature(function).parameters.values())[skipped:]
        return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters if parameter.name != "viewer"]

    for verb in verbs:
        assert shape(getattr(Mail, verb), 1) == shape(getattr(AccountStore, verb), 2), verb
