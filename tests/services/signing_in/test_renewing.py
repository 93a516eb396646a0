"""Hashes that are made anew at the first right sign-in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office

from posthouse.foundation.errors import AuthenticationFailed, Invalid, Unavailable
from posthouse.model.account import Credential
from posthouse.services.administer.accounts import NewAccount
from posthouse.services.administer.domains import DomainChanges
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.signing_in import renewing
from posthouse.services.signing_in.renewing import PasswordRenewer

ALICE = f"alice@{DOMAIN}"
SHA256 = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
PASSWORD = "Hello world!"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """With an account that came from another server."""
    async with open_office(tmp_path) as opened:
        await opened.domains.change(OPERATOR, DOMAIN, DomainChanges(app_passwords_only=False))
        await opened.parts.settings.refresh()
        await opened.accounts.add(OPERATOR, NewAccount(address=ALICE, password=None, password_hash=SHA256))
        yield opened


def _authenticator(office: Office) -> Authenticator:
    parts = office.parts
    renewer = PasswordRenewer(parts.directory, parts.vault)
    return Authenticator(
        AuthenticatingParts(parts.directory, parts.vault, parts.settings, office.clock, parts.entropy, renewer=renewer)
    )


async def _kept(office: Office) -> Credential:
    (account,) = [each for each in await office.parts.directory.accounts() if each.address == ALICE]
    (credential,) = await office.parts.directory.credentials(account.id)
    return credential


async def test_the_first_right_sign_in_makes_it_argon2id_and_ends_no_session(office: Office) -> None:
    authenticator = _authenticator(office)
    before = await _kept(office)
    assert before.verifiers == {"foreign": SHA256.encode()}
    with pytest.raises(AuthenticationFailed):
        await authenticator.authenticate(ALICE, "Hello world")
    assert await _kept(office) == before, "a wrong password renews nothing"
    principal = await authenticator.authenticate(ALICE, PASSWORD)
    after = await _kept(office)
    assert after.verifiers["argon2id"].startswith(b"$argon2id$")
    assert set(after.verifiers) == {"argon2id"}
    assert (after.id, await authenticator.objection(principal)) == (before.id, None)
    assert (await _authenticator(office).authenticate(ALICE, PASSWORD)).account_id == principal.account_id
    assert await _kept(office) == after, "what is current stays as it is"


async def test_without_the_directorys_owner_people_sign_in_all_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(before: Credential, after: Credential) -> bool:
        raise Unavailable("the owner is away")

    async def hang(before: Credential, after: Credential) -> bool:
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(renewing, "RENEW_SECONDS", 0.01)
    for broken in (refuse, hang):
        monkeypatch.setattr(office.parts.directory, "replace_credential", broken)
        assert (await _authenticator(office).authenticate(ALICE, PASSWORD)).address == ALICE
        assert (await _kept(office)).verifiers == {"foreign": SHA256.encode()}


async def test_a_password_set_meanwhile_wins(office: Office) -> None:
    old = await _kept(office)
    await office.accounts.set_password(OPERATOR, ALICE, "Corr3ct-horse")
    new = await _kept(office)
    assert not await PasswordRenewer(office.parts.directory, office.parts.vault).renew(old, PASSWORD)
    assert await _kept(office) == new


async def test_a_hash_of_ours_with_weaker_parameters_is_renewed(office: Office) -> None:
    weak = b"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$"
    kept = await _kept(office)
    weaker = replace(kept, verifiers={"argon2id": weak})
    assert await office.parts.directory.replace_credential(kept, weaker)
    assert await PasswordRenewer(office.parts.directory, office.parts.vault).renew(weaker, PASSWORD)
    assert (await _authenticator(office).authenticate(ALICE, PASSWORD)).address == ALICE


async def test_what_is_no_hash_or_both_is_refused_before_anything_is_made(office: Office) -> None:
    for new in (
        NewAccount(address=f"bob@{DOMAIN}", password=None, password_hash="{MD4}0123"),
        NewAccount(address=f"bob@{DOMAIN}", password="Corr3ct-horse", password_hash=SHA256),
    ):
        with pytest.raises(Invalid):
            await office.accounts.add(OPERATOR, new)
    with pytest.raises(Invalid, match="bcrypt"):
        await office.accounts.set_password_hash(OPERATOR, ALICE, "secret")
    assert [each.address for each in await office.parts.directory.accounts()] == [ALICE]
    assert (await _kept(office)).verifiers == {"foreign": SHA256.encode()}
