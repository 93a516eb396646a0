"""A domain from one installation to another."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.archives import MemoryArchive, PlainPassphrases

from posthouse.foundation.errors import AlreadyExists, Invalid, NotPermitted, OutOfSpace, Refused, Unavailable
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.account import Account, CredentialKind, Service, Status
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, SpecialUse
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.sharing.annotation import HOUSE
from posthouse.model.sharing.rights import Grant, group_identifier, user_identifier
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.ports.disk import Room
from posthouse.ports.moving.archive import Member
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.domains import DomainChanges
from posthouse.services.administer.moving.bringing_in import BringingIn, ImportWish
from posthouse.services.administer.moving.exporting import Exporting, ExportWish
from posthouse.services.administer.moving.planning import Plan
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.scopes import SettingControl, Where
from posthouse.services.administer.signing_in.second_factors import SecondFactors
from posthouse.services.administer.traffic.auto_replies import AutoReplying
from posthouse.services.administer.traffic.forwards import Forwards
from posthouse.services.administer.traffic.groups import GroupChanges, Groups

PHRASE = "a passphrase for moving"
PASSWORD = "Corr3ct-horse"


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Office, Office]]:
    """The installation a domain leaves, furnished, and one without any domain."""
    for name in ("there", "here"):
        (folder / name).mkdir(parents=True)
    async with open_office(folder / "there") as there, open_office(folder / "here") as here:
        await furnish(there)
        await here.domains.remove(OPERATOR, DOMAIN)
        here.clock.advance(1)
        yield there, here


@pytest.fixture
async def offices(tmp_path: Path) -> AsyncIterator[tuple[Office, Office]]:
    async with two(tmp_path) as made:
        yield made


async def furnish(office: Office) -> None:
    """Something of everything."""
    for name in ("alice", "bob"):
        await office.accounts.add(
            OPERATOR, NewAccount(address=f"{name}@{DOMAIN}", password=PASSWORD, display_name=name.title(), quota_octets=10_000_000)
        )
    await office.accounts.add(OPERATOR, NewAccount(address=f"gone@{DOMAIN}", password=None))
    await office.accounts.remove(OPERATOR, f"gone@{DOMAIN}")
    await office.domains.change(
        OPERATOR, DOMAIN, DomainChanges(mailboxes=9, title="Example", refused_services=(Service.DAV,), logo=b"\x89PNG\r\n\x1a\n")
    )
    await SettingControl(office.parts).set(OPERATOR, "greylist.enabled", "off", Where(domain=DOMAIN))
    await SettingControl(office.parts).set(OPERATOR, "send.message_octets", "70000", Where(account=f"alice@{DOMAIN}"))
    changes = AccountChanges(
        logins=("k-1",), expires_at=4e9, recovery_address="a@elsewhere.example", refused_services=(Service.POP3,)
    )
    await office.accounts.change(OPERATOR, f"alice@{DOMAIN}", changes)
    await office.accounts.change(OPERATOR, f"bob@{DOMAIN}", AccountChanges(role=Role.DOMAIN_ADMINISTRATOR))
    await Forwards(office.parts).set(OPERATOR, f"bob@{DOMAIN}", [f"alice@{DOMAIN}", "x@elsewhere.example"])
    await AutoReplying(office.parts).set(OPERATOR, f"bob@{DOMAIN}", AutoReply("away"))
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [f"alice@{DOMAIN}", "y@elsewhere.example"])
    members = [f"alice@{DOMAIN}", f"*@{DOMAIN}", "z@elsewhere.example"]
    await Groups(office.parts).add(OPERATOR, f"staff@{DOMAIN}", members, GroupChanges(personal=True))
    await SettingControl(office.parts).set(OPERATOR, "pop3.expire_days", "3", Where(group=f"staff@{DOMAIN}"))
    await fill(office, await known(office, "alice"), await known(office, "bob"))


async def fill(office: Office, alice: Account, bob: Account) -> None:
    """Folders, messages with gaps between their UIDs, rights, annotations."""
    store = office.parts.accounts
    inbox = (await store.mailboxes(alice.id))[0]
    appends = [Append(Content(b"Subject: %d\r\n\r\nhi\r\n" % n), 1_000.5 + n, int(Flag.SEEN), ("$a", "$b")) for n in range(6)]
    await store.append(alice.id, inbox.id, appends)
    await store.append(alice.id, inbox.id, [Append(Content(b"\r\n" + b"x" * 100_000), 9.0)])
    await store.expunge(alice.id, inbox.id, [1, 3, 7], forced=True)
    work = await store.create_mailbox(alice.id, "Work/仕事")
    await store.append(alice.id, work.id, [Append(Content(b"\r\n" + b"y" * 100_000), 9.0, int(Flag.FLAGGED))])
    await store.put_grant(alice.id, work.id, Grant(user_identifier(bob.id), 3))
    await store.put_grant(alice.id, work.id, Grant(user_identifier(AccountId(b"nobody".ljust(16))), 3))
    await store.put_grant(alice.id, work.id, Grant("-" + group_identifier((await known(office, "staff")).id), 2))
    await store.put_grant(alice.id, work.id, Grant("anyone", 3))
    await store.annotate(alice.id, work.id, {"/shared/comment": b"of mine"})
    await store.annotate(alice.id, None, {"/private/comment": b"me", HOUSE + "x": b"y"})


async def known(office: Office, name: str, domain: str = DOMAIN) -> Account:
    account = await office.parts.directory.account_at(f"{name}@{domain}")
    assert account is not None
    return account


async def exported(office: Office, *, mail: bool = True, phrase: str = PHRASE) -> MemoryArchive:
    made = MemoryArchive()
    await Exporting(office.parts, PlainPassphrases()).export(OPERATOR, DOMAIN, ExportWish(mail, phrase), made)
    return made


async def brought_in(office: Office, made: MemoryArchive, wish: ImportWish | None = None) -> Plan:
    verb = BringingIn(office.parts, office.spool, PlainPassphrases())
    return await verb.bring_in(OPERATOR, made, wish or ImportWish(passphrase=PHRASE))


async def seen(office: Office, account_id: AccountId) -> list[object]:
    """An account's mail as a client sees it."""
    store, found = office.parts.accounts, []
    for box in await store.mailboxes(account_id):
        page = await store.placements(account_id, box.id)
        rows = (await store.fetch(account_id, box.id, page.uids, ["received_at", "size"])).rows
        octets = [await store.read(account_id, box.id, uid) for uid in page.uids]
        about = (box.name, box.special_use, box.uid_validity, box.uid_next, box.subscribed, box.messages, box.unseen)
        found.append((about, page.uids, page.flags, page.keywords, rows, octets, await annotations(office, account_id, box.id)))
    return [*found, await store.subscriptions(account_id)]


async def annotations(office: Office, account_id: AccountId, box: MailboxId | None) -> dict[str, bytes]:
    return await office.parts.accounts.annotations(account_id, box)


async def test_everything_is_there_afterwards(offices: tuple[Office, Office]) -> None:
    there, here = offices
    made = await exported(there)
    plan = await brought_in(here, made)
    assert (plan.accounts, plan.groups, plan.aliases, plan.messages) == (3, 1, 1, 5)
    for name in ("alice", "bob", "staff"):
        old, new = await known(there, name), await known(here, name)
        assert await seen(here, new.id) == await seen(there, old.id)
        assert await here.parts.accounts.verify(new.id) == []
        assert msgspec.structs.replace(old, id=new.id, credential_epoch=new.credential_epoch) == new
        assert (await here.parts.accounts.quota(new.id)).octets_limit == old.quota_octets
    before, after = [await each.parts.directory.domain(DOMAIN) for each in offices]
    assert before == after
    for office in offices:
        assert await office.parts.directory.settings(f"domain:{DOMAIN}") == {"greylist.enabled": b"false"}
    reports = [await Groups(office.parts).get(OPERATOR, f"staff@{DOMAIN}") for office in offices]
    assert msgspec.structs.replace(reports[0].group, id=reports[1].group.id) == reports[1].group
    aliases = [await office.aliases.all(OPERATOR, DOMAIN) for office in offices]
    assert aliases[0] == aliases[1]
    control = SettingControl(here.parts)
    assert (await control.get(OPERATOR, "send.message_octets", Where(account=f"alice@{DOMAIN}"))).value == 70_000
    assert (await control.get(OPERATOR, "pop3.expire_days", Where(group=f"staff@{DOMAIN}"))).value == 3
    alice, bob = await known(here, "alice"), await known(here, "bob")
    box = {box.name: box for box in await here.parts.accounts.mailboxes(alice.id)}["Work/仕事"]
    staff = await known(here, "staff")
    assert await here.parts.accounts.grants(alice.id, box.id) == [
        Grant("-" + group_identifier(staff.id), 2),
        Grant(user_identifier(bob.id), 3),
    ]
    assert await here.parts.directory.sharers([user_identifier(bob.id)]) == [alice.id]
    assert await annotations(here, alice.id, None) == {"/private/comment": b"me"}
    assert any("nobody here" in words for words in plan.left_out)
    assert f"gone@{DOMAIN}, which has been removed" in plan.left_out


async def test_who_signed_in_there_signs_in_here(offices: tuple[Office, Office]) -> None:
    there, here = offices
    for office in offices:
        await office.parts.directory.put_setting("system", "auth.app_passwords_only", b"false")
        await office.parts.settings.refresh()
        await office.authenticator._settings.refresh()
    app = await there.app_passwords.add(OPERATOR, f"alice@{DOMAIN}", "phone")
    factors = SecondFactors(there.parts, "x")
    alice = await known(there, "alice")
    program = await factors.begin(OPERATOR, alice.address)
    kept = next(c for c in await there.parts.directory.credentials(alice.id) if c.kind is CredentialKind.TOTP)
    secret = there.parts.vault.unseal(kept.verifiers["secret"])
    confirmed = msgspec.structs.replace(kept, verifiers={"secret": kept.verifiers["secret"], "last-step": b"1"})
    assert program.secret
    assert await there.parts.directory.replace_credential(kept, confirmed)
    await factors.renew_codes(OPERATOR, alice.address)
    made = await exported(there)
    for secret_octets in (secret, app.password.encode(), kept.verifiers["secret"]):
        assert not any(secret_octets in member.octets for member in made.written)
    plan = await brought_in(here, made)
    assert f"recovery-codes  of alice@{DOMAIN}: it proves nothing elsewhere" in plan.left_out
    here_alice = await known(here, "alice")
    for _ in range(2):
        assert (await here.authenticator.authenticate(f"alice@{DOMAIN}", app.password)).account_id == here_alice.id
    credentials = {c.kind: c for c in await here.parts.directory.credentials(here_alice.id)}
    assert set(credentials) == {CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD, CredentialKind.TOTP}
    assert here.parts.vault.unseal(credentials[CredentialKind.TOTP].verifiers["secret"]) == secret
    assert (await here.authenticator.authenticate(f"bob@{DOMAIN}", PASSWORD)).address == f"bob@{DOMAIN}"
    old, new = [await office.parts.directory.domain_keys(DOMAIN) for office in offices]
    assert [key.record for key in old] == [key.record for key in new]
    assert [there.parts.vault.unseal(key.sealed) for key in old] == [here.parts.vault.unseal(key.sealed) for key in new]


async def test_without_a_passphrase_no_secret_leaves(offices: tuple[Office, Office]) -> None:
    there, here = offices
    made = await exported(there, phrase="")
    assert not any(b"argon2" in member.octets for member in made.written)
    plan = await brought_in(here, made, ImportWish())
    assert f"passwords and second factors of alice@{DOMAIN}" in plan.left_out
    assert await here.parts.directory.credentials((await known(here, "alice")).id) == []
    old, new = [await DomainKeys(office.parts).all(OPERATOR, DOMAIN) for office in offices]
    assert {key.record for key in old}.isdisjoint(key.record for key in new)
    assert new
    with pytest.raises(Invalid, match="no secrets in this archive"):
        await brought_in(here, made, ImportWish("other.test", PHRASE))


async def test_without_mail_the_mailboxes_are_there_and_empty(offices: tuple[Office, Office]) -> None:
    there, here = offices
    assert (await brought_in(here, await exported(there, mail=False))).messages == 0
    boxes = await here.parts.accounts.mailboxes((await known(here, "alice")).id)
    assert ("Work/仕事", 0) in [(box.name, box.messages) for box in boxes]
    assert (boxes[0].uid_next, boxes[0].special_use) == (8, SpecialUse.INBOX)


async def test_another_name(offices: tuple[Office, Office]) -> None:
    there, here = offices
    await there.accounts.change(OPERATOR, f"bob@{DOMAIN}", AccountChanges(administers=(DOMAIN,)))
    await brought_in(here, await exported(there), ImportWish("Other.test", PHRASE))
    bob = await known(here, "bob", "other.test")
    assert (bob.address, bob.domain, bob.administers) == ("bob@Other.test", "other.test", ("other.test",))
    assert bob.forwards_to == ("alice@Other.test", "x@elsewhere.example")
    (alias,) = await here.aliases.all(OPERATOR, "other.test")
    assert (alias.address, alias.targets) == ("sales@Other.test", ("alice@Other.test", "y@elsewhere.example"))
    group = (await Groups(here.parts).get(OPERATOR, "staff@other.test")).group
    assert group.members == ("alice@Other.test", "*@Other.test", "z@elsewhere.example")
    old, new = await known(there, "alice"), await known(here, "alice", "other.test")
    assert await seen(here, new.id) == await seen(there, old.id)


async def test_into_the_same_installation_under_another_name(offices: tuple[Office, Office]) -> None:
    there, _ = offices
    with pytest.raises(AlreadyExists, match="--as"):
        await brought_in(there, await exported(there))
    with pytest.raises(Refused, match="has the login name k-1"):
        await brought_in(there, await exported(there), ImportWish("other.test", PHRASE))
    await there.accounts.change(OPERATOR, f"alice@{DOMAIN}", AccountChanges(logins=()))
    await brought_in(there, await exported(there), ImportWish("other.test", PHRASE))
    assert (await known(there, "alice", "other.test")).id != (await known(there, "alice")).id


async def test_a_dry_run_writes_nothing(offices: tuple[Office, Office]) -> None:
    there, here = offices
    before = await here.parts.directory.epoch()
    plan = await brought_in(here, await exported(there), ImportWish(passphrase=PHRASE, dry_run=True))
    assert (plan.accounts, plan.messages, plan.size_octets > 100_000) == (3, 5, True)
    assert await here.parts.directory.epoch() == before


class Ending(MemoryArchive):
    """Ends with an error after some members were read for the second time."""

    def __init__(self, written: list[Member], after: int) -> None:
        super().__init__()
        self.written = written
        self._left = after

    async def members(self, wanted: object) -> AsyncIterator[Member]:
        """All members, or not."""
        assert callable(wanted)
        for member in self.written:
            if wanted("x.eml"):
                self._left -= 1
                if self._left < 0:
                    raise Unavailable("killed")
            yield member


async def test_an_import_that_breaks_off_anywhere_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    async with two(tmp_path) as (there, here):
        made = await exported(there)
        plan = Plan(domain="")
        for after in range(len(made.written)):
            with pytest.raises(Unavailable):
                await BringingIn(here.parts, here.spool, PlainPassphrases()).bring_in(
                    OPERATOR, Ending(made.written, after), ImportWish(passphrase=PHRASE)
                )
        plan = await brought_in(here, made)
        assert plan.goes_on
        for name in ("alice", "bob", "staff"):
            old, new = await known(there, name), await known(here, name)
            assert await seen(here, new.id) == await seen(there, old.id)
            assert await here.parts.accounts.verify(new.id) == []
            kinds = [[c.kind for c in await o.parts.directory.credentials(a.id)] for o, a in ((there, old), (here, new))]
            assert kinds[0] == kinds[1]
        with pytest.raises(AlreadyExists):
            await brought_in(here, made)


async def test_what_is_damaged_is_refused_before_anything_is_written(offices: tuple[Office, Office]) -> None:
    there, here = offices
    made = await exported(there)
    before = await here.parts.directory.epoch()
    head = msgspec.json.decode(made.written[0].octets)

    def changed(**values: object) -> MemoryArchive:
        other = MemoryArchive()
        other.written = [Member("archive.json", msgspec.json.encode(head | values)), *made.written[1:]]
        return other

    cut, strange, twice = MemoryArchive(), MemoryArchive(), MemoryArchive()
    cut.written = made.written[:-1]
    strange.written = [*made.written[:2], Member("what", b""), *made.written[2:]]
    twice.written = [*made.written, made.written[-1]]
    fewer = MemoryArchive()
    fewer.written = [member for member in made.written if not member.name.endswith(".eml")]
    for broken, words in (
        (MemoryArchive(), "not whole"),
        (changed(format="x"), "no archive"),
        (changed(version=2), "version 2"),
        (changed(id=3), "cannot be read"),
        (cut, "not whole"),
        (strange, "nothing is known"),
        (twice, "after its end"),
        (fewer, "not what its end says"),
    ):
        with pytest.raises(Invalid, match=words):
            await brought_in(here, broken)
    with pytest.raises(Invalid, match="another passphrase"):
        await brought_in(here, made, ImportWish(passphrase="another passphrase"))
    assert await here.parts.directory.epoch() == before


async def test_a_disk_without_room_is_told_before(offices: tuple[Office, Office]) -> None:
    class Full:
        async def room(self) -> Room:
            return Room(1_000, 10)

    there, here = offices
    with pytest.raises(Refused, match="10 B free"):
        await brought_in(dataclasses.replace(here, parts=dataclasses.replace(here.parts, disk=Full())), await exported(there))


async def test_who_may(offices: tuple[Office, Office]) -> None:
    there, here = offices
    admin = Principal(AccountId(bytes(16)), f"bob@{DOMAIN}", Role.DOMAIN_ADMINISTRATOR, reach=(DOMAIN,))
    verb = Exporting(there.parts, PlainPassphrases())
    await verb.export(admin, DOMAIN, ExportWish(), MemoryArchive())
    for wish in (ExportWish(mail=True), ExportWish(passphrase=PHRASE)):
        with pytest.raises(NotPermitted):
            await verb.export(admin, DOMAIN, wish, MemoryArchive())
    with pytest.raises(NotPermitted):
        await BringingIn(here.parts, here.spool, PlainPassphrases()).bring_in(admin, await exported(there), ImportWish())
    assert [entry.act for entry in there.audit.entries if entry.act.startswith("domain.ex")] == ["domain.export"] * 2


async def test_roles_that_hold_elsewhere_do_not_move(offices: tuple[Office, Office]) -> None:
    there, here = offices
    await there.domains.add(OPERATOR, "elsewhere.test")
    for name, role, places in (
        ("root", Role.OPERATOR, ()),
        ("far", Role.AUDITOR, ("elsewhere.test",)),
        ("near", Role.AUDITOR, ("elsewhere.test", DOMAIN)),
        ("all", Role.HELP_DESK, ("*",)),
    ):
        await there.accounts.add(OPERATOR, NewAccount(address=f"{name}@{DOMAIN}", password=None, role=role, administers=places))
    plan = await brought_in(here, await exported(there))
    roles = {name: await known(here, name) for name in ("root", "far", "near", "all")}
    assert {name: (account.role, account.administers) for name, account in roles.items()} == {
        "root": (Role.OWNER, ()),
        "far": (Role.OWNER, ()),
        "near": (Role.AUDITOR, (DOMAIN,)),
        "all": (Role.HELP_DESK, (DOMAIN,)),
    }
    assert sum("which holds elsewhere" in words for words in plan.left_out) == 2


async def test_an_archive_that_cannot_be_written_is_not_there(offices: tuple[Office, Office]) -> None:
    class Small(MemoryArchive):
        async def finish(self) -> None:
            raise OutOfSpace("full")

    there, _ = offices
    made = Small()
    with pytest.raises(OutOfSpace):
        await Exporting(there.parts, PlainPassphrases()).export(OPERATOR, DOMAIN, ExportWish(), made)
    assert made.written == []


async def test_a_suspended_account_stays_so(offices: tuple[Office, Office]) -> None:
    there, here = offices
    await there.accounts.suspend(OPERATOR, f"alice@{DOMAIN}")
    await Accounts(there.parts).receive(OPERATOR, f"bob@{DOMAIN}", (await known(there, "bob")).receiving)
    await brought_in(here, await exported(there))
    assert (await known(here, "alice")).status is Status.SUSPENDED
