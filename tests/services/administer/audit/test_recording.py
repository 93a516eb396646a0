"""What is written down, and what happens when it cannot be."""

from collections.abc import Sequence

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import AlreadyExists, NotFound, NotPermitted, Unavailable
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.role import Act, Role
from posthouse.ports.audit import Entry, Sought
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.administer.audit.reading import AuditLog
from posthouse.services.administer.scopes import SettingControl, Where
from posthouse.services.audit.recording import TOLD_OCTETS, About, told

ALICE = f"alice@{DOMAIN}"


async def test_an_act_is_written_with_who_from_where_before_and_after(office: Office) -> None:
    alice = await office.add("alice")
    by = msgspec.structs.replace(OPERATOR, origin="192.0.2.7")
    await office.accounts.change(by, ALICE, AccountChanges(display_name="Alice", role=Role.HELP_DESK))
    entry = office.audit.entries[-1]
    assert (entry.by, entry.role, entry.origin, entry.act) == ("operator", "operator", "192.0.2.7", "account.change")
    assert (entry.subject, entry.domain, entry.account) == (ALICE, DOMAIN, to_text(alice.id))
    assert msgspec.json.decode(entry.before) == {"display_name": "", "role": "owner"}
    assert msgspec.json.decode(entry.after) == {"display_name": "Alice", "role": "help-desk"}
    assert entry.outcome == ""


async def test_no_secret_is_ever_in_it(office: Office) -> None:
    await office.accounts.add(OPERATOR, NewAccount(address=ALICE, password="Corr3ct-horse"))
    made = await office.app_passwords.add(OPERATOR, ALICE, "phone")
    await office.accounts.set_password(OPERATOR, ALICE, "An0ther-horse")
    await SettingControl(office.parts).set(OPERATOR, "routes", "example.org=smtps://user:pa55word@mx.example.org", Where())
    written = msgspec.json.encode(office.audit.entries).decode()
    for secret in ("horse", made.password, made.password.replace("-", ""), made.credential.lookup, "pa55word", "scram", "argon2"):
        assert secret not in written
    assert {"account.add", "app-password.add", "password.set", "setting.change"} <= {each.act for each in office.audit.entries}


async def test_a_failed_act_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.add("alice")

    async def refuse(*_: object) -> None:
        raise AlreadyExists("there is one already")

    monkeypatch.setattr(office.parts.directory, "put_alias", refuse)
    with pytest.raises(AlreadyExists):
        await office.aliases.add(OPERATOR, f"sales@{DOMAIN}", [ALICE])
    begun, failed = office.audit.entries[-2:]
    assert (begun.act, begun.outcome) == ("alias.change", "")
    assert failed == msgspec.structs.replace(begun, at=failed.at, outcome="there is one already")


async def test_an_act_that_cannot_be_written_is_not_done(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.add("alice")

    async def unavailable(_: Sequence[Entry]) -> None:
        raise Unavailable("the audit log does not answer")

    monkeypatch.setattr(office.audit, "append", unavailable)
    with pytest.raises(Unavailable, match="audit log"):
        await office.accounts.remove(OPERATOR, ALICE)
    assert (await office.accounts.report(OPERATOR, ALICE)).account.key == ALICE
    with pytest.raises(Unavailable):
        await office.accounts.add(OPERATOR, NewAccount(address=f"bob@{DOMAIN}", password=None))
    with pytest.raises(NotFound):
        await office.accounts.report(OPERATOR, f"bob@{DOMAIN}")


async def test_owners_see_what_was_done_to_their_account_and_nobody_elses(office: Office) -> None:
    alice, _ = await office.add("alice"), await office.add("bob")
    await office.accounts.set_password(OPERATOR, ALICE, "Corr3ct-horse")
    owner, log = Principal(alice.id, alice.address), AuditLog(office.audit)
    assert [each.entry.act for each in (await log.own(owner)).entries] == ["password.set", "account.add"]
    with pytest.raises(NotPermitted):
        await log.page(owner, Sought())
    with pytest.raises(NotPermitted):
        await log.own(msgspec.structs.replace(owner, narrowed=frozenset({Act.MAIL_IMPORT})))


async def test_auditors_of_a_domain_see_that_domain(office: Office) -> None:
    await office.domains.add(OPERATOR, "example.org")
    auditor = Principal(OPERATOR.account_id, "auditor", Role.AUDITOR, reach=(DOMAIN,))
    log = AuditLog(office.audit)
    assert {each.entry.domain for each in (await log.page(auditor, Sought())).entries} == {DOMAIN}
    assert (await log.page(auditor, Sought(domains=("example.org",)))).entries == ()
    first = await log.page(OPERATOR, Sought(), limit=1)
    second = await log.page(OPERATOR, Sought(), first.before, limit=1)
    assert (first.entries[0].number, second.entries[0].number, second.before) == (2, 1, 0)


async def test_what_is_long_is_told_as_its_size(office: Office) -> None:
    async with office.parts.recorded(OPERATOR, Act.ALIAS_CHANGE, About("x"), after=["y" * TOLD_OCTETS]):
        pass
    assert "left out" in office.audit.entries[-1].after


def test_octets_are_not_told() -> None:
    assert told({"a": b"secret", "b": [b"secret", Role.AUDITOR], "c": {"d": b"secret"}}) == {"b": ["auditor"], "c": {}}
