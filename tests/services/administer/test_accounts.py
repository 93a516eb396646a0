"""Accounts: making, changing, renaming, removing."""

from dataclasses import replace

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import (
    AlreadyExists,
    AuthenticationFailed,
    Invalid,
    NotFound,
    NotPermitted,
    OverQuota,
    Retired,
    Unavailable,
)
from posthouse.model.account import Account, Status
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import SpecialUse
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.rules.password_policy import WeakPassword
from posthouse.services.administer.traffic.forwards import Forwards
from posthouse.services.settings import change_setting

GOOD = "Corr3ct-horse"
MESSAGE = b"Subject: x\r\n\r\nhello\r\n"


async def _append(office: Office, account: Account, octets: bytes = MESSAGE) -> None:
    inbox = (await office.parts.accounts.mailboxes(account.id))[0]
    await office.parts.accounts.append(account.id, inbox.id, [Append(Content(octets), 1.0)])


@pytest.mark.parametrize(("language", "sent"), [("en", "Sent"), ("zh-Hans-CN", "已发送"), ("ja", "送信済み"), ("DE", "Gesendet")])
async def test_an_account_begins_with_mailboxes_in_its_language(office: Office, language: str, sent: str) -> None:
    alice = await office.add("alice", language)
    assert alice.language == language[:2].lower()
    boxes = {box.special_use: box for box in await office.parts.accounts.mailboxes(alice.id)}
    assert set(boxes) == {
        SpecialUse.INBOX,
        SpecialUse.DRAFTS,
        SpecialUse.SENT,
        SpecialUse.JUNK,
        SpecialUse.TRASH,
        SpecialUse.ARCHIVE,
    }
    assert boxes[SpecialUse.SENT].name == sent
    assert all(box.subscribed for box in boxes.values())


async def test_an_address_is_stored_in_small_letters_and_found_in_any(office: Office) -> None:
    account = await office.accounts.add(OPERATOR, NewAccount(address="Alice.L@Example.test", password=None))
    assert (account.key, account.address, account.quota_octets) == ("alice.l@example.test", "alice.l@Example.test", 5_000_000_000)
    assert len(account.scram_salt) == 16
    assert (await office.accounts.report(OPERATOR, "ALICE.L@EXAMPLE.TEST")).account == account


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("al=ice@example.test", "'='.*equals sign.*not allowed"),
        ("álice@example.test", "latin small letter a with acute"),
        ('"a b"@example.test', "space.*not allowed"),
        ("a..b@example.test", "dot"),
        (".a@example.test", "dot"),
        ("x" * 65 + "@example.test", "64"),
        ("alice", "no mail address"),
        ("alice@-", "no mail address"),
    ],
)
async def test_names_nobody_gets(office: Office, address: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await office.accounts.add(OPERATOR, NewAccount(address=address, password=None))
    assert await office.accounts.all(OPERATOR) == []


async def test_an_address_is_given_once_and_in_a_domain_of_ours(office: Office) -> None:
    await office.add("alice")
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [f"alice@{DOMAIN}"])
    with pytest.raises(AlreadyExists, match="a mailbox"):
        await office.add("alice")
    with pytest.raises(AlreadyExists, match="alias"):
        await office.add("sales")
    with pytest.raises(NotFound, match="no domain"):
        await office.accounts.add(OPERATOR, NewAccount(address="a@example.org", password=None))


async def test_nothing_is_left_of_an_account_the_directory_did_not_take(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Account] = []

    async def unavailable(account: Account) -> None:
        made.append(account)
        raise Unavailable("away")

    monkeypatch.setattr(office.parts.directory, "add_account", unavailable)
    with pytest.raises(Unavailable):
        await office.add("alice")
    with pytest.raises(NotFound):
        await office.parts.accounts.mailboxes(made[0].id)


async def test_the_password_is_checked_kept_as_a_hash_and_changed(office: Office) -> None:
    with pytest.raises(Invalid, match="too weak"):
        await office.accounts.add(OPERATOR, NewAccount(address=f"alice@{DOMAIN}", password="secret"))
    account = await office.accounts.add(OPERATOR, NewAccount(address=f"alice@{DOMAIN}", password=GOOD))
    (credential,) = await office.parts.directory.credentials(account.id)
    assert list(credential.verifiers) == ["argon2id"]
    assert await office.parts.vault.verify(credential.verifiers["argon2id"], GOOD)
    before = await office.parts.directory.account(account.id)
    await office.accounts.set_password(OPERATOR, account.address, GOOD + "2")
    (changed,) = await office.parts.directory.credentials(account.id)
    assert await office.parts.vault.verify(changed.verifiers["argon2id"], GOOD + "2")
    after = await office.parts.directory.account(account.id)
    assert before is not None
    assert after is not None
    assert after.credential_epoch > before.credential_epoch


async def test_owners_change_their_own_password_and_nobody_elses(office: Office) -> None:
    alice, bob = await office.add("alice"), await office.add("bob")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    await office.accounts.set_password(owner, alice.address, GOOD)
    with pytest.raises(NotPermitted):
        await office.accounts.set_password(owner, bob.address, GOOD)


async def test_only_operators_administer_accounts(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    verbs = Accounts(office.parts)
    with pytest.raises(NotPermitted):
        await verbs.add(owner, NewAccount(address=f"x@{DOMAIN}", password=None))
    with pytest.raises(NotPermitted):
        await verbs.all(owner)
    with pytest.raises(NotPermitted):
        await verbs.report(owner, alice.address)
    with pytest.raises(NotPermitted):
        await verbs.change(owner, alice.address, AccountChanges(role=Role.OPERATOR))
    with pytest.raises(NotPermitted):
        await verbs.suspend(owner, alice.address)
    with pytest.raises(NotPermitted):
        await verbs.rename(owner, alice.address, f"b@{DOMAIN}")
    with pytest.raises(NotPermitted):
        await verbs.remove(owner, alice.address)


async def test_changes_reach_the_directory_and_the_store(office: Office) -> None:
    alice = await office.add("alice")
    changes = AccountChanges(display_name="  Alice 爱丽丝 ", language="de", quota_octets=10, role=Role.OPERATOR)
    changed = await office.accounts.change(OPERATOR, alice.address, changes)
    assert (changed.display_name, changed.language, changed.quota_octets, changed.role) == ("Alice 爱丽丝", "de", 10, Role.OPERATOR)
    assert await office.parts.directory.account(alice.id) == changed
    with pytest.raises(OverQuota):
        await _append(office, alice)
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(quota_octets=0))
    await _append(office, alice)
    for wrong in (AccountChanges(language="tlh"), AccountChanges(quota_octets=-1), AccountChanges(display_name="a\nb")):
        with pytest.raises(Invalid):
            await office.accounts.change(OPERATOR, alice.address, wrong)


async def test_a_suspended_account_receives_but_nobody_signs_in(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    assert (await office.accounts.suspend(OPERATOR, alice.address)).status is Status.SUSPENDED
    with pytest.raises(Retired):
        await office.authenticator.authenticate(alice.address, made.password)
    assert (await office.accounts.resume(OPERATOR, alice.address)).status is Status.ACTIVE
    assert (await office.authenticator.authenticate(alice.address, made.password)).account_id == alice.id


async def test_a_renamed_account_keeps_everything_and_its_aliases_follow(office: Office) -> None:
    alice = await office.add("alice")
    await office.domains.add(OPERATOR, "other.test")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    await _append(office, alice)
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [alice.address, "fred@example.org"])
    await office.add("bob")
    await Forwards(office.parts).set(OPERATOR, f"bob@{DOMAIN}", [alice.address, "fred@example.org"])
    renamed = await office.accounts.rename(OPERATOR, alice.address, "Alicia@other.test", keep=True)
    forwarding = await Forwards(office.parts).get(OPERATOR, f"bob@{DOMAIN}")
    assert forwarding.forwards_to == ("alicia@other.test", "fred@example.org")
    assert (renamed.id, renamed.address, renamed.domain) == (alice.id, "alicia@other.test", "other.test")
    report = await office.accounts.report(OPERATOR, "alicia@other.test")
    assert (report.messages, report.app_passwords) == (1, 1)
    assert set(report.aliases) == {f"sales@{DOMAIN}", f"alice@{DOMAIN}"}
    assert (await office.aliases.get(OPERATOR, f"sales@{DOMAIN}")).targets == ("alicia@other.test", "fred@example.org")
    assert (await office.authenticator.authenticate("alicia@other.test", made.password)).account_id == alice.id
    with pytest.raises(NotFound, match=r"alias of alicia@other\.test"):
        await office.accounts.report(OPERATOR, alice.address)


async def test_an_account_is_not_renamed_onto_another_address(office: Office) -> None:
    alice, bob = await office.add("alice"), await office.add("bob")
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [alice.address])
    with pytest.raises(AlreadyExists):
        await office.accounts.rename(OPERATOR, alice.address, bob.address)
    assert alice.address in (await office.aliases.get(OPERATOR, f"sales@{DOMAIN}")).targets
    assert (await office.accounts.rename(OPERATOR, alice.address, "Alice@EXAMPLE.test")).key == alice.key


async def test_a_removed_account_is_gone_with_its_mail_and_nothing_leads_to_it(office: Office) -> None:
    alice = await office.add("alice")
    await office.add("bob")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    await _append(office, alice)
    await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [alice.address])
    await office.aliases.add(OPERATOR, f"all@{DOMAIN}", [alice.address, f"bob@{DOMAIN}"])
    await office.accounts.remove(OPERATOR, alice.address, now=True)
    with pytest.raises(NotFound):
        await office.parts.accounts.mailboxes(alice.id)
    with pytest.raises(NotFound):
        await office.accounts.report(OPERATOR, alice.address)
    with pytest.raises(AuthenticationFailed):
        await office.authenticator.authenticate(alice.address, made.password)
    assert [(alias.address, alias.targets) for alias in await office.aliases.all(OPERATOR)] == [
        (f"all@{DOMAIN}", (f"bob@{DOMAIN}",))
    ]
    again = await office.add("alice")
    assert (await office.accounts.report(OPERATOR, again.address)).messages == 0


async def test_accounts_are_listed_by_domain(office: Office) -> None:
    await office.add("bob")
    await office.add("alice")
    await office.domains.add(OPERATOR, "other.test")
    await office.accounts.add(OPERATOR, NewAccount(address="carol@other.test", password=None))
    assert [a.address for a in await office.accounts.all(OPERATOR, DOMAIN)] == [f"alice@{DOMAIN}", f"bob@{DOMAIN}"]
    assert len(await office.accounts.all(OPERATOR)) == 3
    with pytest.raises(NotFound):
        await office.accounts.all(OPERATOR, "nowhere.test")


async def test_a_generated_password_obeys_the_domains_rules(office: Office) -> None:
    alice = await office.add("alice")
    for length in ("8", "40"):
        await change_setting(OPERATOR, office.parts.directory, f"domain:{DOMAIN}", "auth.password_characters", length)
        await office.parts.settings.refresh()
        drawing = Accounts(replace(office.parts, entropy=SystemEntropy()))
        made = await drawing.generate_password(OPERATOR, alice.address)
        assert len(made) >= int(length)
        (kept,) = await office.parts.directory.credentials(alice.id)
        assert await office.parts.vault.verify(kept.slow_verifier, made)


async def test_a_generated_password_is_drawn_again_where_it_is_weak(office: Office) -> None:
    alice = await office.add("alice")
    with pytest.raises(WeakPassword):  # what this entropy gives never gets better
        await office.accounts.generate_password(OPERATOR, alice.address)
    assert await office.parts.directory.credentials(alice.id) == []


async def test_the_policy_is_as_strict_as_its_domain_says(office: Office) -> None:
    alice = await office.add("alice")
    await office.accounts.set_password(OPERATOR, alice.address, "xK9#mQ2$")
    for key, value in (("auth.password_characters", "12"), ("auth.password_classes", "2"), ("auth.password_phrase_octets", "60")):
        await change_setting(OPERATOR, office.parts.directory, f"domain:{DOMAIN}", key, value)
    await office.parts.settings.refresh()
    for refused, words in (("xK9#mQ2$", "12 characters"), ("xkfjqmzpwhtr", "2 of lower case")):
        with pytest.raises(WeakPassword, match=words):
            await office.accounts.set_password(OPERATOR, alice.address, refused)
    await office.accounts.set_password(OPERATOR, alice.address, "xkfjqmzpwhtr9")
