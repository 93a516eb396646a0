"""Tokens: what they are for, and that they are void at once when they are revoked."""

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, AuthenticationFailed, Expired, Invalid, LimitReached, NotFound, NotPermitted
from posthouse.model.principal import Principal
from posthouse.model.role import Act, Role
from posthouse.services.access.tokens import Tokens
from posthouse.services.administer.access import tokens
from posthouse.services.administer.access.tokens import TokenControl, WantedToken
from posthouse.services.administer.accounts import AccountChanges

ALICE = f"alice@{DOMAIN}"


async def signed_in(office: Office, text: str) -> Principal:
    return await Tokens(office.parts.directory, office.parts.vault, office.clock).principal(text, "192.0.2.7")


async def test_a_token_stands_for_its_account_until_it_is_revoked(office: Office) -> None:
    alice = await office.add("alice")
    control = TokenControl(office.parts)
    made = await control.add(OPERATOR, ALICE, WantedToken(name="billing"))
    principal = await signed_in(office, made.token)
    assert (principal.account_id, principal.role, principal.origin) == (alice.id, Role.OWNER, "192.0.2.7")
    assert principal.credential_id == made.credential.id
    assert await control.all(OPERATOR, ALICE) == [tokens.UsedToken(made.credential)]
    await control.remove(OPERATOR, ALICE, "Billing")
    with pytest.raises(AuthenticationFailed):
        await signed_in(office, made.token)
    with pytest.raises(NotFound):
        await control.remove(OPERATOR, ALICE, "billing")


async def test_the_secret_is_nowhere(office: Office) -> None:
    await office.add("alice")
    made = await TokenControl(office.parts).add(OPERATOR, ALICE, WantedToken(name="billing"))
    secret = made.token.rpartition("_")[2]
    assert secret not in msgspec.json.encode(made.credential).decode()
    assert secret not in msgspec.json.encode(office.audit.entries).decode()


@pytest.mark.parametrize("change", ["", "x", "posthouse_", "upper", "other", "ñ"])
async def test_what_is_no_token_is_refused(office: Office, change: str) -> None:
    await office.add("alice")
    text = (await TokenControl(office.parts).add(OPERATOR, ALICE, WantedToken(name="x"))).token
    wrong = {"upper": text.upper(), "other": text[:-1] + ("a" if text[-1] != "a" else "b")}.get(change, change)
    with pytest.raises(AuthenticationFailed):
        await signed_in(office, wrong)


async def test_a_token_is_for_what_was_said_and_never_for_more_than_its_account(office: Office) -> None:
    await office.domains.add(OPERATOR, "example.org")
    await office.add("alice")
    await office.accounts.change(OPERATOR, ALICE, AccountChanges(role=Role.OPERATOR))
    control = TokenControl(office.parts)
    made = await control.add(OPERATOR, ALICE, WantedToken(name="x", acts=("account", "queue.look"), domains=("Example.ORG",)))
    principal = await signed_in(office, made.token)
    assert principal.may_in(Act.ACCOUNT_ADD, "example.org")
    assert not principal.may_in(Act.ACCOUNT_ADD, DOMAIN)
    assert not principal.may_in(Act.ALIAS_CHANGE, "example.org")
    await office.accounts.change(OPERATOR, ALICE, AccountChanges(role=Role.OWNER))
    assert not (await signed_in(office, made.token)).may_in(Act.ACCOUNT_ADD, "example.org")


async def test_a_token_for_less_makes_no_token(office: Office) -> None:
    await office.add("alice")
    control = TokenControl(office.parts)
    made = await control.add(OPERATOR, ALICE, WantedToken(name="x", acts=("token",)))
    with pytest.raises(NotPermitted):
        await control.add(await signed_in(office, made.token), ALICE, WantedToken(name="y"))


async def test_a_token_ends_with_its_date_and_its_account(office: Office) -> None:
    await office.add("alice")
    control = TokenControl(office.parts)
    made = await control.add(OPERATOR, ALICE, WantedToken(name="x", expires_at=office.clock.now() + 60))
    office.clock.advance(61)
    with pytest.raises(Expired):
        await signed_in(office, made.token)
    made = await control.add(OPERATOR, ALICE, WantedToken(name="y"))
    await office.accounts.suspend(OPERATOR, ALICE)
    with pytest.raises(AuthenticationFailed):
        await signed_in(office, made.token)


async def test_what_cannot_be_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.add("alice")
    control = TokenControl(office.parts)
    await control.add(OPERATOR, ALICE, WantedToken(name="x"))
    with pytest.raises(AlreadyExists):
        await control.add(OPERATOR, ALICE, WantedToken(name="X"))
    for wanted in (WantedToken(name=" "), WantedToken(name="y", acts=("fly",)), WantedToken(name="y", domains=("-",))):
        with pytest.raises(Invalid):
            await control.add(OPERATOR, ALICE, wanted)
    with pytest.raises(Invalid, match="past"):
        await control.add(OPERATOR, ALICE, WantedToken(name="y", expires_at=1.0))
    monkeypatch.setattr(tokens, "TOKENS", 1)
    with pytest.raises(LimitReached):
        await control.add(OPERATOR, ALICE, WantedToken(name="y"))


def test_read_only_is_every_act_that_looks() -> None:
    assert set(tokens.read_acts(["read-only"])) == {act.value for act in Act if act.is_look}
    assert tokens.read_acts(["app-password"]) == ("app-password.add", "app-password.look", "app-password.remove")


async def test_a_token_for_mail_programs_administers_nothing_unless_that_is_said(office: Office) -> None:
    await office.add("alice")
    await office.accounts.change(OPERATOR, ALICE, AccountChanges(role=Role.OPERATOR))
    control = TokenControl(office.parts)
    mail = await control.add(OPERATOR, ALICE, WantedToken(name="mail", protocols=("submission", "imap")))
    assert mail.credential.protocols == ("imap", "submission")
    assert not (await signed_in(office, mail.token)).acts
    both = await control.add(OPERATOR, ALICE, WantedToken(name="both", protocols=("imap",), acts=("account.look",)))
    assert (await signed_in(office, both.token)).acts == {Act.ACCOUNT_LOOK}
    with pytest.raises(Invalid, match="nothing a credential can be for"):
        await control.add(OPERATOR, ALICE, WantedToken(name="x", protocols=("gopher",)))
