"""What every directory must do, whatever stands behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.offices import neighbour_of

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.rpc.client import remote
from posthouse.adapters.rpc.routed import routed
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectory, SqliteDirectoryReader, create_directory
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AlreadyExists, NotFound, PosthouseError, Refused
from posthouse.foundation.ids import AccountId, CredentialId, to_text
from posthouse.model.account import Account, Alias, Credential, CredentialKind, Domain, Due, OwnerKind, Status
from posthouse.model.domain_key import DomainKey, KeyKind, KeyState
from posthouse.model.people.domain_rules import Branding, DomainLimits, DomainTotals
from posthouse.model.role import Role
from posthouse.model.sharing.rights import group_identifier, user_identifier
from posthouse.model.traffic.group import Group, Posting
from posthouse.ports.bus import DIRECTORY
from posthouse.ports.directory import Directory, DirectoryReader

EXAMPLE = Domain("example.test", "Example.test", created_at=1.5)


@asynccontextmanager
async def _sqlite(folder: Path, hub: Hub) -> AsyncIterator[Directory]:
    create_directory(folder / "directory.db")
    directory = SqliteDirectory(folder / "directory.db", hub)
    yield directory
    await asyncio.to_thread(directory.stop)


@asynccontextmanager
async def _memory(_folder: Path, hub: Hub) -> AsyncIterator[Directory]:
    yield MemoryDirectory(hub)


@asynccontextmanager
async def _remote(folder: Path, hub: Hub) -> AsyncIterator[Directory]:
    """Everything is asked of another process."""
    async with _sqlite(folder, hub) as owner, neighbour_of(folder, {"directory": (Directory, owner)}) as neighbour:
        yield remote("directory", Directory, neighbour)  # type: ignore[type-abstract]


@asynccontextmanager
async def _routed(folder: Path, hub: Hub) -> AsyncIterator[Directory]:
    """Read here, changed by another process: what every worker but the first has."""
    async with _remote(folder, hub) as far:
        reader = SqliteDirectoryReader(folder / "directory.db")
        yield routed(Directory, DirectoryReader, reader, lambda _: far, sent=reader.look_again)  # type: ignore[type-abstract]
        reader.close()


ADAPTERS: dict[str, Callable[[Path, Hub], AbstractAsyncContextManager[Directory]]] = {
    "sqlite": _sqlite,
    "memory": _memory,
    "remote": _remote,
    "routed": _routed,
}


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture(params=ADAPTERS)
async def directory(request: pytest.FixtureRequest, tmp_path: Path, hub: Hub) -> AsyncIterator[Directory]:
    async with ADAPTERS[request.param](tmp_path, hub) as made:
        await made.add_domain(EXAMPLE)
        yield made


def key(address: str) -> str:
    return address_key(parse_mailbox(address))


def account(address: str, **more: Any) -> Account:
    found = key(address)
    return Account(AccountId(found.encode().ljust(16, b".")[:16]), found, address, found.rpartition("@")[2], **more)


def alias(address: str, *targets: str, **more: Any) -> Alias:
    found = key(address)
    return Alias(found, address, found.rpartition("@")[2], targets, **more)


def credential(owner: Account, number: int, kind: CredentialKind = CredentialKind.APP_PASSWORD) -> Credential:
    lookup = "" if kind is CredentialKind.PASSWORD else f"look{number:02}"
    return Credential(
        CredentialId(number.to_bytes(16, "big")), owner.id, kind, f"name {number}", lookup, {"hmac": bytes(range(32))}, 5.5, 9.25
    )


async def epoch_of(directory: Directory, owner: Account) -> int:
    found = await directory.account(owner.id)
    assert found is not None
    return found.credential_epoch


# every change is noticed


async def test_every_change_raises_the_epoch_and_is_told(directory: Directory, hub: Hub) -> None:
    told: list[bytes] = []
    hub.subscribe(DIRECTORY, told.append)
    alice = account("alice@example.test")
    changes: list[Callable[[], Awaitable[None]]] = [
        lambda: directory.add_domain(Domain("other.test", "other.test")),
        lambda: directory.set_domain_status("other.test", Status.SUSPENDED),
        lambda: directory.rename_domain("other.test", Domain("new.test", "new.test")),
        lambda: directory.remove_domain("new.test"),
        lambda: directory.add_account(alice),
        lambda: directory.replace_account(replace(alice, display_name="Alice")),
        lambda: directory.add_credential(credential(alice, 1)),
        lambda: directory.remove_credentials(alice.id, [credential(alice, 1).id]),
        lambda: directory.put_alias(alias("a@example.test", "alice@example.test")),
        lambda: directory.remove_alias("a@example.test"),
        lambda: directory.put_setting("system", "x", b"1"),
        lambda: directory.put_setting("system", "x", None),
        lambda: directory.remove_account(alice.id),
    ]
    for number, change in enumerate(changes, 1):
        before = await directory.epoch()
        await change()
        assert await directory.epoch() > before
        assert told == [DIRECTORY] * number


async def test_what_is_refused_changes_nothing(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    before = await directory.epoch()
    refused: list[Callable[[], Awaitable[None]]] = [
        lambda: directory.add_domain(EXAMPLE),
        lambda: directory.remove_domain(EXAMPLE.key),
        lambda: directory.add_account(account("alice@example.test")),
        lambda: directory.replace_account(account("bob@example.test")),
        lambda: directory.put_alias(alias("alice@example.test", "bob@example.org")),
        lambda: directory.remove_alias("alice@example.test"),
    ]
    for change in refused:
        with pytest.raises(PosthouseError):
            await change()
    assert await directory.epoch() == before
    assert await directory.account(alice.id) == alice


# domains


async def test_domains_are_found_by_key_and_listed(directory: Directory) -> None:
    umlaut = Domain("xn--mller-kva.test", "müller.test", Status.SUSPENDED, 7.0)
    await directory.add_domain(umlaut)
    assert await directory.domain(umlaut.key) == umlaut
    assert await directory.domain("nowhere.test") is None
    assert await directory.domains() == [EXAMPLE, umlaut]


async def test_a_domain_is_there_once(directory: Directory) -> None:
    with pytest.raises(AlreadyExists):
        await directory.add_domain(Domain(EXAMPLE.key, "EXAMPLE.TEST"))
    assert await directory.domains() == [EXAMPLE]


async def test_a_domain_goes_when_nothing_is_in_it(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    await directory.put_setting("domain:example.test", "x", b"1")
    with pytest.raises(Refused):
        await directory.remove_domain(EXAMPLE.key)
    await directory.remove_account(alice.id)
    await directory.put_alias(alias("a@example.test", "b@example.org"))
    with pytest.raises(Refused):
        await directory.remove_domain(EXAMPLE.key)
    await directory.remove_alias("a@example.test")
    await directory.remove_domain(EXAMPLE.key)
    assert await directory.domains() == []
    assert await directory.settings("domain:example.test") == {}


async def test_a_domain_can_be_suspended(directory: Directory) -> None:
    await directory.set_domain_status(EXAMPLE.key, Status.SUSPENDED)
    assert await directory.domain(EXAMPLE.key) == replace(EXAMPLE, status=Status.SUSPENDED)


async def test_verbs_on_a_domain_nobody_has(directory: Directory) -> None:
    with pytest.raises(NotFound):
        await directory.remove_domain("nowhere.test")
    with pytest.raises(NotFound):
        await directory.set_domain_status("nowhere.test", Status.ACTIVE)
    with pytest.raises(NotFound):
        await directory.rename_domain("nowhere.test", Domain("new.test", "new.test"))
    with pytest.raises(NotFound):
        await directory.add_account(account("alice@nowhere.test"))
    with pytest.raises(NotFound):
        await directory.put_alias(alias("alice@nowhere.test", "bob@example.org"))


async def test_renaming_takes_addresses_settings_and_targets_along(directory: Directory) -> None:
    await directory.add_domain(Domain("other.test", "other.test"))
    alice = account("Alice@Example.test", display_name="Alice", credential_epoch=4)
    await directory.add_account(alice)
    places = ("example.test", "other.test")
    bob = account("bob@other.test", forwards_to=("Alice@Example.test", "x@example.org"), administers=places)
    await directory.add_account(bob)
    await directory.put_alias(alias("sales@example.test", "alice@EXAMPLE.test", "fred@example.org", created_at=3.0))
    await directory.put_alias(alias("info@other.test", "sales@example.test", "bob@other.test"))
    await directory.put_setting("domain:example.test", "x", b"1")
    renamed = Domain("xn--mller-kva.test", "Müller.test", Status.ACTIVE, 1.5)
    await directory.rename_domain("example.test", renamed)
    assert [domain.key for domain in await directory.domains()] == ["other.test", renamed.key]
    moved = await directory.account(alice.id)
    assert moved == replace(alice, key=f"alice@{renamed.key}", address="Alice@Müller.test", domain=renamed.key)
    assert await directory.account_at("alice@example.test") is None
    assert await directory.account_at(f"alice@{renamed.key}") == moved
    sales = await directory.alias(f"sales@{renamed.key}")
    assert sales == Alias(
        f"sales@{renamed.key}", "sales@Müller.test", renamed.key, ("alice@Müller.test", "fred@example.org"), created_at=3.0
    )
    info = await directory.alias("info@other.test")
    assert info is not None
    assert info.targets == ("sales@Müller.test", "bob@other.test")
    assert await directory.aliases_to(f"alice@{renamed.key}") == [sales]
    assert await directory.aliases_to("alice@example.test") == []
    fred = await directory.account_at("bob@other.test")
    assert fred == replace(bob, forwards_to=("Alice@Müller.test", "x@example.org"), administers=(renamed.key, "other.test"))
    assert await directory.accounts_naming("example.test") == []
    assert await directory.accounts_naming(renamed.key) == [fred]
    assert await directory.settings(f"domain:{renamed.key}") == {"x": b"1"}
    assert await directory.settings("domain:example.test") == {}


async def test_a_domain_can_be_spelled_anew_but_not_take_anothers_place(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    await directory.add_domain(Domain("other.test", "other.test"))
    with pytest.raises(AlreadyExists):
        await directory.rename_domain(EXAMPLE.key, Domain("other.test", "other.test"))
    await directory.rename_domain(EXAMPLE.key, replace(EXAMPLE, name="EXAMPLE.test"))
    found = await directory.account_at("alice@example.test")
    assert found is not None
    assert (found.id, found.address) == (alice.id, "alice@EXAMPLE.test")


# accounts


async def test_accounts_are_found_by_what_they_name(directory: Directory) -> None:
    bob = account("bob@example.test", forwards_to=("Alice@EXAMPLE.test", "x@example.org"), recovery_address="x@example.org")
    team = account("carol@example.test", role=Role.GROUP_MANAGER, administers=("team@example.test", "*"))
    for each in (bob, team):
        await directory.add_account(each)
    assert await directory.accounts_naming("alice@example.test") == [bob]
    assert await directory.accounts_naming("x@example.org") == [bob]
    assert await directory.accounts_naming("team@example.test") == [team]
    assert await directory.accounts_naming("example.test") == []
    changed = replace(bob, forwards_to=(), key="robert@example.test", address="robert@example.test")
    await directory.replace_account(changed)
    assert await directory.accounts_naming("alice@example.test") == []
    assert await directory.accounts_naming("x@example.org") == [changed]
    await directory.remove_account(bob.id)
    assert await directory.accounts_naming("x@example.org") == []


async def test_accounts_are_kept_whole(directory: Directory) -> None:
    alice = account(
        "Älice@example.test",
        kind=OwnerKind.SHARED,
        role=Role.OPERATOR,
        status=Status.SUSPENDED,
        display_name="愛麗絲",
        language="zh-Hans",
        quota_octets=1 << 40,
        credential_epoch=3,
        scram_salt=bytes(range(16)),
        created_at=1_700_000_000.25,
    )
    await directory.add_account(alice)
    assert await directory.account(alice.id) == alice
    assert await directory.account_at("älice@example.test") == alice
    assert await directory.account_at("alice@example.test") is None
    assert await directory.account(AccountId(b"x" * 16)) is None


async def test_accounts_and_aliases_come_in_pages_by_key(directory: Directory) -> None:
    await directory.add_domain(Domain("other.test", "other.test"))
    for name in ("c@example.test", "a@other.test", "b@example.test", "a@example.test"):
        await directory.add_account(account(name))
        await directory.put_alias(alias(f"x{name}", "fred@example.org"))
    every = ["a@example.test", "a@other.test", "b@example.test", "c@example.test"]
    assert [item.key for item in await directory.accounts()] == every
    assert [item.key for item in await directory.accounts("example.test")] == [every[0], *every[2:]]
    assert [item.key for item in await directory.accounts(after="a@example.test", limit=2)] == every[1:3]
    assert [item.key for item in await directory.accounts("example.test", "a@example.test", 1)] == every[2:3]
    assert [item.key for item in await directory.aliases()] == [f"x{name}" for name in every]
    assert [item.key for item in await directory.aliases("other.test")] == ["xa@other.test"]
    assert [item.key for item in await directory.aliases(after="xa@other.test", limit=1)] == ["xb@example.test"]


async def test_an_address_is_taken_once_in_any_form(directory: Directory) -> None:
    await directory.add_account(account("alice@example.test"))
    await directory.put_alias(alias("sales@example.test", "alice@example.test"))
    for taken in ("alice@example.test", "sales@example.test"):
        with pytest.raises(AlreadyExists):
            await directory.add_account(replace(account(taken), id=AccountId(b"other-other-othe")))
        with pytest.raises(AlreadyExists):
            await directory.put_alias(alias(taken, "bob@example.org"))
    with pytest.raises(AlreadyExists):
        await directory.put_alias(alias("alice@example.test", "bob@example.org"), replace=True)


async def test_an_account_changes_its_address(directory: Directory) -> None:
    alice, bob = account("alice@example.test"), account("bob@example.test")
    await directory.add_account(alice)
    await directory.add_account(bob)
    with pytest.raises(AlreadyExists):
        await directory.replace_account(replace(alice, key=bob.key, address=bob.address))
    with pytest.raises(NotFound):
        await directory.replace_account(replace(alice, key="alice@nowhere.test", domain="nowhere.test"))
    assert await directory.account_at(alice.key) == alice
    anna = replace(alice, key="anna@example.test", address="Anna@example.test", status=Status.REMOVED)
    await directory.replace_account(anna)
    assert await directory.account(alice.id) == anna
    assert await directory.account_at("anna@example.test") == anna
    assert await directory.account_at("alice@example.test") is None
    await directory.add_account(replace(alice, id=AccountId(b"other-other-othe")))


async def test_a_removed_account_is_gone_with_its_secrets_and_settings(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    await directory.add_credential(credential(alice, 1))
    await directory.put_setting(f"account:{to_text(alice.id)}", "x", b"1")
    await directory.remove_account(alice.id)
    assert await directory.account(alice.id) is None
    assert await directory.account_at(alice.key) is None
    assert await directory.credentials(alice.id) == []
    assert await directory.settings(f"account:{to_text(alice.id)}") == {}
    with pytest.raises(NotFound):
        await directory.remove_account(alice.id)
    await directory.put_alias(alias("alice@example.test", "bob@example.org"))


# aliases


async def test_aliases_are_found_by_their_targets_in_any_spelling(directory: Directory) -> None:
    first = alias("sales@example.test", "Alice@EXAMPLE.test", "alice@example.test", "fred@example.org", created_at=2.5)
    second = alias("all@example.test", "alice@example.test")
    await directory.put_alias(first)
    await directory.put_alias(second)
    assert await directory.alias("sales@example.test") == first
    assert await directory.aliases_to("alice@example.test") == [second, first]
    assert await directory.aliases_to("fred@example.org") == [first]
    assert await directory.aliases_to("sales@example.test") == []


async def test_an_alias_is_replaced_only_when_asked(directory: Directory) -> None:
    await directory.put_alias(alias("sales@example.test", "alice@example.test"))
    with pytest.raises(AlreadyExists):
        await directory.put_alias(alias("sales@example.test", "bob@example.test"))
    changed = alias("Sales@example.test", "bob@example.test")
    await directory.put_alias(changed, replace=True)
    assert await directory.alias("sales@example.test") == changed
    assert await directory.aliases_to("alice@example.test") == []
    assert await directory.aliases_to("bob@example.test") == [changed]
    await directory.put_alias(alias("fresh@example.test", "bob@example.test"), replace=True)
    await directory.remove_alias("sales@example.test")
    assert await directory.alias("sales@example.test") is None
    assert [item.key for item in await directory.aliases_to("bob@example.test")] == ["fresh@example.test"]
    with pytest.raises(NotFound):
        await directory.remove_alias("sales@example.test")


# credentials


async def test_credentials_come_in_the_order_they_were_made(directory: Directory) -> None:
    alice, bob = account("alice@example.test"), account("bob@example.test")
    await directory.add_account(alice)
    await directory.add_account(bob)
    made = [credential(alice, 1), credential(alice, 2, CredentialKind.PASSWORD), credential(alice, 3)]
    for item in (*made, credential(bob, 4)):
        await directory.add_credential(item)
    assert await directory.credentials(alice.id) == made
    assert await directory.credentials(AccountId(b"x" * 16)) == []


async def test_a_new_account_password_takes_the_place_of_the_old_one(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    for number in (1, 2):
        before = await epoch_of(directory, alice)
        await directory.add_credential(credential(alice, number, CredentialKind.PASSWORD))
        assert await epoch_of(directory, alice) > before
    before = await epoch_of(directory, alice)
    await directory.add_credential(credential(alice, 3))
    assert await epoch_of(directory, alice) == before, "an app password more ends no session"
    assert [item.id[-1] for item in await directory.credentials(alice.id)] == [2, 3]


async def test_a_credential_is_replaced_once_and_only_where_it_still_is_what_it_was(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    kept = credential(alice, 1, CredentialKind.PASSWORD)
    await directory.add_credential(kept)
    before, epoch = await epoch_of(directory, alice), await directory.epoch()
    renewed = replace(kept, verifiers={"argon2id": b"stronger"})
    assert await directory.replace_credential(kept, renewed)
    assert await directory.credentials(alice.id) == [renewed]
    assert await epoch_of(directory, alice) == before, "no session ends"
    assert await directory.epoch() > epoch
    assert not await directory.replace_credential(kept, replace(kept, name="late"))
    assert not await directory.replace_credential(renewed, replace(renewed, id=credential(alice, 2).id))
    assert not await directory.replace_credential(credential(alice, 9), credential(alice, 9))
    assert await directory.credentials(alice.id) == [renewed]


async def test_removed_credentials_end_sessions(directory: Directory) -> None:
    alice = account("alice@example.test")
    await directory.add_account(alice)
    for number in (1, 2, 3):
        await directory.add_credential(credential(alice, number))
    before = await epoch_of(directory, alice)
    await directory.remove_credentials(alice.id, [credential(alice, 1).id, credential(alice, 3).id, CredentialId(b"x" * 16)])
    assert [item.id[-1] for item in await directory.credentials(alice.id)] == [2]
    assert await epoch_of(directory, alice) > before


async def test_the_credential_epoch_never_falls(directory: Directory) -> None:
    """An administrator's change read before a revocation, written after it, must not bring the revoked sessions back."""
    alice = account("alice@example.test")
    await directory.add_account(alice)
    await directory.add_credential(credential(alice, 1, CredentialKind.PASSWORD))
    await directory.replace_account(replace(alice, display_name="Alice"))
    found = await directory.account(alice.id)
    assert found is not None
    assert (found.display_name, found.credential_epoch) == ("Alice", alice.credential_epoch + 1)


async def test_secrets_of_nobody(directory: Directory) -> None:
    nobody = account("nobody@example.test")
    with pytest.raises(NotFound):
        await directory.add_credential(credential(nobody, 1))
    with pytest.raises(NotFound):
        await directory.remove_credentials(nobody.id, [])


# settings


async def test_settings_are_kept_by_scope(directory: Directory) -> None:
    await directory.put_setting("system", "a", b"1")
    await directory.put_setting("system", "b", b'"two"')
    await directory.put_setting("domain:example.test", "a", b"3")
    await directory.put_setting("system", "a", b"4")
    assert await directory.settings("system") == {"a": b"4", "b": b'"two"'}
    assert await directory.settings("domain:example.test") == {"a": b"3"}
    await directory.put_setting("system", "a", None)
    await directory.put_setting("system", "never", None)
    assert await directory.settings("system") == {"b": b'"two"'}
    assert await directory.settings("account:x") == {}


# who shares


async def test_sharers_are_found_by_whom_they_share_with(directory: Directory) -> None:
    alice, bob, carol = (account(f"{name}@example.test") for name in ("alice", "bob", "carol"))
    for each in (alice, bob, carol):
        await directory.add_account(each)
    await directory.put_share(alice.id, user_identifier(carol.id))
    await directory.put_share(alice.id, user_identifier(carol.id))
    await directory.put_share(bob.id, "anyone")
    await directory.put_share(bob.id, user_identifier(carol.id))
    both = ["anyone", user_identifier(carol.id)]
    assert await directory.sharers(both) == sorted([alice.id, bob.id])
    assert await directory.sharers(both, limit=1) == [min(alice.id, bob.id)]
    assert await directory.sharers(both, min(alice.id, bob.id)) == [max(alice.id, bob.id)]
    assert await directory.sharers(["anyone"]) == [bob.id]
    await directory.remove_share(bob.id, "anyone")
    await directory.remove_share(bob.id, "anyone")
    assert await directory.sharers(["anyone"]) == []
    with pytest.raises(NotFound):
        await directory.put_share(AccountId(bytes(16)), "anyone")


async def test_who_is_gone_shares_nothing_and_nothing_is_shared_with_them(directory: Directory) -> None:
    alice, bob = account("alice@example.test"), account("bob@example.test")
    for each in (alice, bob):
        await directory.add_account(each)
    await directory.put_share(alice.id, "anyone")
    await directory.put_share(bob.id, user_identifier(alice.id))
    await directory.put_share(bob.id, group_identifier(alice.id))
    await directory.remove_account(alice.id)
    assert await directory.sharers(["anyone", user_identifier(alice.id), group_identifier(alice.id)]) == []


# signing keys


def signing_key(selector: str, state: KeyState = KeyState.PENDING) -> DomainKey:
    return DomainKey(
        domain=EXAMPLE.key,
        selector=selector,
        kind=KeyKind.ED25519,
        state=state,
        record="v=DKIM1; k=ed25519; p=AAAA",
        sealed=b"\x00sealed",
        created_at=1.5,
        changed_at=2.5,
    )


async def test_signing_keys_are_put_together_and_changed_by_selector(directory: Directory) -> None:
    assert await directory.domain_keys(EXAMPLE.key) == []
    await directory.put_domain_keys(EXAMPLE.key, [signing_key("b"), signing_key("a", KeyState.ACTIVE)])
    assert await directory.domain_keys(EXAMPLE.key) == [signing_key("a", KeyState.ACTIVE), signing_key("b")]
    before = await directory.epoch()
    await directory.put_domain_keys(EXAMPLE.key, [signing_key("b", KeyState.ACTIVE), signing_key("a", KeyState.RETIRING)])
    assert [key.state for key in await directory.domain_keys(EXAMPLE.key)] == [KeyState.RETIRING, KeyState.ACTIVE]
    assert await directory.epoch() > before
    with pytest.raises(NotFound):
        await directory.put_domain_keys("elsewhere.test", [signing_key("a")])
    await directory.remove_domain_key(EXAMPLE.key, "a")
    with pytest.raises(NotFound):
        await directory.remove_domain_key(EXAMPLE.key, "a")
    assert [key.selector for key in await directory.domain_keys(EXAMPLE.key)] == ["b"]


async def test_signing_keys_go_with_their_domain(directory: Directory) -> None:
    await directory.put_domain_keys(EXAMPLE.key, [signing_key("a")])
    await directory.rename_domain(EXAMPLE.key, Domain("renamed.test", "renamed.test"))
    assert await directory.domain_keys(EXAMPLE.key) == []
    assert [(key.domain, key.selector) for key in await directory.domain_keys("renamed.test")] == [("renamed.test", "a")]
    await directory.remove_domain("renamed.test")
    await directory.add_domain(Domain("renamed.test", "renamed.test"))
    assert await directory.domain_keys("renamed.test") == []


async def test_groups_are_found_by_their_members(directory: Directory) -> None:
    staff, club = account("staff@example.test"), account("club@example.test")
    with pytest.raises(NotFound):
        await directory.put_group(Group(staff.id))
    for each in (staff, club):
        await directory.add_account(each)
    made = Group(staff.id, ("Alice@Example.test", "*@example.test", "sales-*@example.test"), Posting.MEMBERS, keeps_copy=True)
    await directory.put_group(made)
    await directory.put_group(Group(club.id, ("alice@example.test",)))
    assert await directory.group(staff.id) == made
    assert [group.id for group in await directory.groups()] == sorted([staff.id, club.id])
    assert len(await directory.groups(limit=1)) == 1
    assert len(await directory.groups(min([staff.id, club.id]))) == 1
    assert {group.id for group in await directory.groups_of(["alice@example.test"])} == {staff.id, club.id}
    assert [group.id for group in await directory.groups_of(["x@y.example", "*@example.test"])] == [staff.id]
    await directory.put_group(Group(staff.id, ("bob@example.test",)))
    assert [group.id for group in await directory.groups_of(["alice@example.test", "*@example.test"])] == [club.id]


async def test_groups_follow_their_domain_and_go_with_their_account(directory: Directory) -> None:
    staff = account("staff@example.test")
    await directory.add_account(staff)
    await directory.put_group(Group(staff.id, ("alice@example.test", "eve@x.example")))
    await directory.rename_domain("example.test", Domain("other.test", "Other.test"))
    (group,) = await directory.groups_of(["alice@other.test"])
    assert group.members == ("alice@Other.test", "eve@x.example")
    await directory.put_setting(f"group:{to_text(staff.id)}", "x", b"1")
    await directory.remove_account(staff.id)
    assert await directory.groups() == []
    assert await directory.groups_of(["alice@other.test"]) == []
    assert await directory.settings(f"group:{to_text(staff.id)}") == {}


# domains that stand for others, and what a domain may have


ORG = Domain("example.org", "example.org", stands_for=EXAMPLE.key)


async def test_a_domain_changes_whole(directory: Directory) -> None:
    changed = replace(EXAMPLE, branding=Branding(title="Example", logo=b"GIF8"), limits=DomainLimits(mailboxes=3), language="de")
    await directory.replace_domain(changed)
    assert await directory.domain(EXAMPLE.key) == changed
    with pytest.raises(NotFound):
        await directory.replace_domain(Domain("nowhere.test", "nowhere.test"))


async def test_addresses_of_a_domain_that_stands_for_another_are_that_ones(directory: Directory) -> None:
    alice, sales = account("alice@example.test"), alias("sales@example.test", "alice@example.test")
    await directory.add_account(alice)
    await directory.put_alias(sales)
    assert await directory.account_at("alice@example.org") is None
    await directory.add_domain(ORG)
    assert await directory.account_at("alice@example.org") == alice
    assert await directory.alias("sales@example.org") == sales
    assert await directory.accounts("example.org") == []
    with pytest.raises(Refused, match="stands for"):
        await directory.add_account(account("bob@example.org"))
    with pytest.raises(Refused, match="stands for"):
        await directory.put_alias(alias("bob@example.org", "alice@example.test"))
    await directory.replace_domain(replace(ORG, stands_for=""))
    assert await directory.account_at("alice@example.org") is None


async def test_a_domain_stands_only_for_one_with_addresses_of_its_own(directory: Directory) -> None:
    await directory.add_domain(ORG)
    with pytest.raises(NotFound):
        await directory.add_domain(Domain("a.test", "a.test", stands_for="nowhere.test"))
    with pytest.raises(Refused):
        await directory.add_domain(Domain("a.test", "a.test", stands_for=ORG.key))
    with pytest.raises(Refused):
        await directory.remove_domain(EXAMPLE.key)
    other = Domain("other.test", "other.test")
    await directory.add_domain(other)
    for stands_for, error in ((EXAMPLE, other.key), (other, other.key)):
        with pytest.raises(Refused):
            await directory.replace_domain(replace(stands_for, stands_for=error))
    await directory.add_account(account("bob@other.test"))
    with pytest.raises(Refused):
        await directory.replace_domain(replace(other, stands_for=EXAMPLE.key))
    await directory.rename_domain(EXAMPLE.key, replace(EXAMPLE, key="new.test", name="new.test"))
    assert await directory.domain(ORG.key) == replace(ORG, stands_for="new.test")


async def test_what_a_domain_has_is_counted(directory: Directory) -> None:
    assert await directory.totals("nowhere.test") == DomainTotals()
    alice, bob = account("alice@example.test", quota_octets=5), account("bob@example.test")
    await directory.add_account(alice)
    await directory.add_account(bob)
    await directory.put_alias(alias("a@example.test", "alice@example.test"))
    await directory.put_alias(alias("a@example.test", "bob@example.test"), replace=True)
    await directory.put_alias(alias("b@example.test", "alice@example.test"))
    assert await directory.totals(EXAMPLE.key) == DomainTotals(mailboxes=2, quota_octets=5, unlimited=1, aliases=2)
    await directory.replace_account(replace(bob, quota_octets=7, status=Status.REMOVED))
    await directory.remove_alias("b@example.test")
    assert await directory.totals(EXAMPLE.key) == DomainTotals(mailboxes=2, quota_octets=12, aliases=1)
    await directory.rename_domain(EXAMPLE.key, replace(EXAMPLE, key="new.test", name="new.test"))
    assert await directory.totals(EXAMPLE.key) == DomainTotals()
    assert await directory.totals("new.test") == DomainTotals(mailboxes=2, quota_octets=12, aliases=1)
    await directory.remove_account(alice.id)
    assert await directory.totals("new.test") == DomainTotals(mailboxes=1, quota_octets=7, aliases=1)


async def test_the_limits_of_a_domain_hold(directory: Directory) -> None:
    limits = DomainLimits(mailboxes=2, total_quota_octets=100, largest_quota_octets=80)
    await directory.replace_domain(replace(EXAMPLE, limits=limits))
    for quota in (0, 81):
        with pytest.raises(Refused):
            await directory.add_account(account("alice@example.test", quota_octets=quota))
    alice = account("alice@example.test", quota_octets=60)
    await directory.add_account(alice)
    with pytest.raises(Refused, match="100"):
        await directory.add_account(account("bob@example.test", quota_octets=41))
    await directory.add_account(account("bob@example.test", quota_octets=40))
    with pytest.raises(Refused, match="2 mailboxes"):
        await directory.add_account(account("carol@example.test", quota_octets=1))
    with pytest.raises(Refused):
        await directory.replace_account(replace(alice, quota_octets=61))
    await directory.replace_domain(replace(EXAMPLE, limits=DomainLimits(total_quota_octets=10)))
    await directory.replace_account(replace(alice, quota_octets=60, display_name="Alice"))
    await directory.replace_account(replace(alice, quota_octets=50))
    await directory.add_domain(Domain("other.test", "other.test", limits=DomainLimits(largest_quota_octets=1)))
    with pytest.raises(Refused):
        await directory.replace_account(replace(alice, key="alice@other.test", address="alice@other.test", domain="other.test"))
    await directory.rename_domain(EXAMPLE.key, Domain("new.test", "new.test", limits=DomainLimits(total_quota_octets=10)))
    assert (await directory.totals("new.test")).quota_octets == 90


# what is found by more than its key


async def test_login_names_belong_to_one_account(directory: Directory) -> None:
    alice = account("alice@example.test", logins=("k1234", "al"))
    await directory.add_account(alice)
    assert await directory.account_with_login("k1234") == alice
    with pytest.raises(AlreadyExists):
        await directory.add_account(account("bob@example.test", logins=("al",)))
    await directory.add_account(account("bob@example.test"))
    with pytest.raises(AlreadyExists):
        await directory.replace_account(account("bob@example.test", logins=("k1234",)))
    await directory.replace_account(replace(alice, logins=("al",)))
    assert await directory.account_with_login("k1234") is None
    await directory.remove_account(alice.id)
    assert await directory.account_with_login("al") is None


async def test_operators_are_found(directory: Directory) -> None:
    root, second = account("root@example.test", role=Role.OPERATOR), account("a@example.test", role=Role.OPERATOR)
    for each in (root, second, account("bob@example.test")):
        await directory.add_account(each)
    assert await directory.operators() == [second, root]
    assert await directory.operators(1) == [second]
    await directory.replace_account(replace(second, status=Status.REMOVED))
    await directory.replace_account(replace(root, role=Role.OWNER))
    assert await directory.operators() == []


async def test_what_comes_at_a_fixed_time_is_found(directory: Directory) -> None:
    alice = account("alice@example.test", expires_at=100.0)
    bob = account("bob@example.test", expires_at=50.0, purge_at=70.0)
    for each in (alice, bob):
        await directory.add_account(each)
    assert await directory.accounts_due(Due.EXPIRY, 100.0) == [bob, alice]
    assert await directory.accounts_due(Due.EXPIRY, 100.0, since=50.0) == [alice]
    assert await directory.accounts_due(Due.EXPIRY, 99.0, limit=5) == [bob]
    assert await directory.accounts_due(Due.PURGE, 70.0) == [bob]
    await directory.replace_account(replace(bob, purge_at=None))
    assert await directory.accounts_due(Due.PURGE, 1e9) == []
    old = alias("old@example.test", "alice@example.test", ends_at=5.0, former=True)
    await directory.put_alias(old)
    assert await directory.aliases_due(4.9) == []
    assert await directory.aliases_due(5.0) == [old]
    await directory.rename_domain(EXAMPLE.key, replace(EXAMPLE, key="new.test", name="new.test"))
    assert [each.key for each in await directory.aliases_due(5.0)] == ["old@new.test"]
    await directory.put_alias(replace(old, key="old@new.test", domain="new.test", ends_at=None), replace=True)
    assert await directory.aliases_due(1e9) == []
    assert [each.key for each in await directory.accounts_due(Due.EXPIRY, 1e9)] == ["bob@new.test", "alice@new.test"]


async def test_credentials_that_expire_are_found(directory: Directory) -> None:
    alice, bob = account("alice@example.test"), account("bob@example.test")
    for each in (alice, bob):
        await directory.add_account(each)
    late, soon, never = (replace(credential(alice, n), expires_at=at) for n, at in ((1, 100.0), (2, 50.0), (3, None)))
    password = replace(credential(bob, 4, CredentialKind.PASSWORD), expires_at=70.0)
    for secret in (late, soon, never, password):
        await directory.add_credential(secret)
    assert await directory.credentials_due(1e9) == [soon, password, late]
    assert await directory.credentials_due(100.0, since=50.0) == [password, late]
    assert await directory.credentials_due(99.9, limit=1) == [soon]
    later = replace(soon, expires_at=120.0)
    assert await directory.replace_credential(soon, later)
    await directory.add_credential(replace(credential(bob, 5, CredentialKind.PASSWORD), expires_at=None))
    assert await directory.credentials_due(1e9) == [late, later]
    await directory.remove_credentials(alice.id, [late.id])
    assert await directory.credentials_due(1e9) == [later]
    await directory.remove_account(alice.id)
    assert await directory.credentials_due(1e9) == []


async def test_a_taken_address_is_told_in_which_form(directory: Directory, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        pytest.skip("the words are the database's")
    gone = account("gone@example.test", status=Status.REMOVED, purge_at=86_400.0)
    await directory.add_account(gone)
    await directory.put_alias(alias("old@example.test", "new@example.org", ends_at=86_400.0, former=True))
    for taken, words in ((gone.key, "removed .until 1970-01-02"), ("old@example.test", "former address of new@example.org")):
        with pytest.raises(AlreadyExists, match=words):
            await directory.put_alias(alias(taken, "bob@example.org"))
