"""App passwords: made once, never readable again, revoked at once."""

import base64
import hashlib
import hmac

import pytest
from tests.support.administration import OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, AuthenticationFailed, Invalid, LimitReached, NotFound, NotPermitted, Retired
from posthouse.foundation.ids import to_text
from posthouse.foundation.md5 import hmac_from_states
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer import credentials


async def test_an_app_password_signs_in_until_it_is_removed(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address, "phone")
    assert len(made.password) == 39
    principal = await office.authenticator.authenticate(alice.address, made.password)
    assert principal.credential_id == made.credential.id
    assert (await office.authenticator.authenticate(alice.address, made.password.replace("-", " ").upper())) == principal
    await office.app_passwords.remove(OPERATOR, alice.address, "PHONE")
    assert await office.authenticator.objection(principal) is not None
    with pytest.raises(AuthenticationFailed):
        await office.authenticator.authenticate(alice.address, made.password)


async def test_every_verifier_is_made_and_none_is_the_secret(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address)
    kept = made.credential.verifiers
    assert set(kept) == {
        "hmac",
        "scram-sha-1",
        "scram-sha-256",
        "cram-md5",
        "scram-sha-1-bare",
        "scram-sha-256-bare",
        "cram-md5-bare",
    }
    bare = made.password.replace("-", "")
    for suffix, typed in (("", made.password), ("-bare", bare)):
        assert all(typed.encode() not in verifier for verifier in kept.values())
        states = office.parts.vault.unseal(kept["cram-md5" + suffix])
        challenge = b"<1896.697170952@postoffice.example.net>"
        assert hmac_from_states(states, challenge) == hmac.digest(typed.encode(), challenge, "md5")
        salted = hashlib.pbkdf2_hmac("sha256", typed.encode(), alice.scram_salt, 4_096)
        stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        assert kept["scram-sha-256" + suffix] == stored + hmac.digest(salted, b"Server Key", "sha256")
    assert base64.b64encode(bare.encode()) not in kept["cram-md5"]


async def test_an_expired_one_says_so(office: Office) -> None:
    alice = await office.add("alice")
    with pytest.raises(Invalid, match="past"):
        await office.app_passwords.add(OPERATOR, alice.address, expires_at=office.clock.now())
    made = await office.app_passwords.add(OPERATOR, alice.address, "phone", office.clock.now() + 60)
    principal = await office.authenticator.authenticate(alice.address, made.password)
    office.clock.advance(61)
    assert await office.authenticator.objection(principal) is not None
    with pytest.raises(Retired, match="phone"):
        await office.authenticator.authenticate(alice.address, made.password)


async def test_names_are_unique_and_given_where_there_is_none(office: Office) -> None:
    alice = await office.add("alice")
    await office.app_passwords.add(OPERATOR, alice.address, "Phone")
    with pytest.raises(AlreadyExists):
        await office.app_passwords.add(OPERATOR, alice.address, "phone")
    with pytest.raises(Invalid):
        await office.app_passwords.add(OPERATOR, alice.address, "a\nb")
    await office.app_passwords.add(OPERATOR, alice.address)
    await office.app_passwords.add(OPERATOR, alice.address)
    await office.app_passwords.remove(OPERATOR, alice.address, "App password 1")
    await office.app_passwords.add(OPERATOR, alice.address)
    names = [credential.name for credential in await office.app_passwords.all(OPERATOR, alice.address)]
    assert sorted(names) == ["App password 1", "App password 2", "Phone"]


async def test_one_is_found_by_name_id_or_first_characters(office: Office) -> None:
    alice = await office.add("alice")
    made = [await office.app_passwords.add(OPERATOR, alice.address, name) for name in "abc"]
    await office.app_passwords.remove(OPERATOR, alice.address, "a")
    await office.app_passwords.remove(OPERATOR, alice.address, to_text(made[1].credential.id))
    await office.app_passwords.remove(OPERATOR, alice.address, made[2].credential.lookup)
    assert await office.app_passwords.all(OPERATOR, alice.address) == []
    with pytest.raises(NotFound):
        await office.app_passwords.remove(OPERATOR, alice.address, "a")


async def test_clearing_signs_every_program_out(office: Office) -> None:
    alice = await office.add("alice")
    made = [await office.app_passwords.add(OPERATOR, alice.address) for _ in range(3)]
    principals = [await office.authenticator.authenticate(alice.address, each.password) for each in made]
    assert await office.app_passwords.clear(OPERATOR, alice.address) == 3
    assert all([await office.authenticator.objection(principal) is not None for principal in principals])
    assert await office.app_passwords.clear(OPERATOR, alice.address) == 0


async def test_their_number_is_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "APP_PASSWORDS", 2)
    alice = await office.add("alice")
    await office.app_passwords.add(OPERATOR, alice.address)
    await office.app_passwords.add(OPERATOR, alice.address)
    with pytest.raises(LimitReached):
        await office.app_passwords.add(OPERATOR, alice.address)


async def test_owners_manage_their_own(office: Office) -> None:
    alice, bob = await office.add("alice"), await office.add("bob")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    await office.app_passwords.add(owner, alice.address, "phone")
    assert len(await office.app_passwords.all(owner, alice.address)) == 1
    await office.app_passwords.remove(owner, alice.address, "phone")
    for refused in (
        office.app_passwords.add(owner, bob.address),
        office.app_passwords.all(owner, bob.address),
        office.app_passwords.remove(owner, bob.address, "x"),
        office.app_passwords.clear(owner, bob.address),
    ):
        with pytest.raises(NotPermitted):
            await refused


async def test_what_one_is_for_is_kept_in_order_and_known_names_only(office: Office) -> None:
    alice = await office.add("alice")
    made = await office.app_passwords.add(OPERATOR, alice.address, protocols=["submission", "imap", "imap"])
    assert made.credential.protocols == ("imap", "submission")
    with pytest.raises(Invalid, match=r"smtp.*submission"):
        await office.app_passwords.add(OPERATOR, alice.address, protocols=["smtp"])
