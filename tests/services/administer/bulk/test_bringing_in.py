"""Mailboxes from a table."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Service
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer.bulk.bringing_in import Bulk, Doing, RowResult
from posthouse.services.administer.bulk.table import read_rows, write_rows
from posthouse.services.administer.scopes import SettingControl, Where

TABLE = f"""address,display_name,quota,expires,logins,refused_services
alice@{DOMAIN},"Liddell, Alice",2GB,2027-01-31,k1 k2,pop3 imap
bob@{DOMAIN},,,,,
"""


async def done(office: Office, text: str, *, generate: bool = False, principal: Principal = OPERATOR) -> list[RowResult]:
    return [result async for result in Bulk(office.parts).bring_in(principal, read_rows(text), generate=generate)]


async def compared(office: Office, text: str) -> list[RowResult]:
    return [result async for result in Bulk(office.parts).compare(OPERATOR, read_rows(text))]


async def test_a_table_is_compared_then_done_then_nothing_is_left(office: Office) -> None:
    first = await compared(office, TABLE)
    assert [(each.line, each.doing) for each in first] == [(2, Doing.ADD), (3, Doing.ADD)]
    assert await office.accounts.all(OPERATOR) == []
    assert [each.doing for each in await done(office, TABLE)] == [Doing.ADD, Doing.ADD]
    alice, _bob = await office.accounts.all(OPERATOR)
    assert (alice.display_name, alice.quota_octets, alice.logins) == ("Liddell, Alice", 2_000_000_000, ("k1", "k2"))
    assert (alice.expires_at, alice.refused_services) == (1_801_440_000.0, (Service.POP3, Service.IMAP))
    assert [each.doing for each in await done(office, TABLE)] == [Doing.SAME, Doing.SAME]
    (change,) = await done(office, f"ADDRESS,expires,display_name\nAlice@{DOMAIN},never,none\n")
    assert (change.doing, change.before["display_name"], change.after) == (
        Doing.CHANGE,
        "Liddell, Alice",
        {"expires": 0.0, "display_name": ""},
    )
    alice, _bob = await office.accounts.all(OPERATOR)
    assert (alice.display_name, alice.expires_at) == ("", None)


async def test_a_column_may_be_a_setting(office: Office) -> None:
    table = f"address,send.message_octets,quota\nalice@{DOMAIN},70000,1GB\n"
    assert [each.doing for each in await done(office, table)] == [Doing.ADD]
    (alice,) = await office.accounts.all(OPERATOR)
    control, where = SettingControl(office.parts), Where(account=alice.address)
    assert (await control.get(OPERATOR, "send.message_octets", where)).value == 70_000
    assert [each.doing for each in await done(office, table)] == [Doing.SAME]
    (change,) = await done(office, f"address,send.message_octets\nalice@{DOMAIN},reset\n")
    assert (change.before, change.after) == ({"send.message_octets": 70_000}, {"send.message_octets": None})
    assert (await control.get(OPERATOR, "send.message_octets", where)).set_at == "default"
    (refused,) = await compared(office, f"address,send.message_octets\nalice@{DOMAIN},-1\n")
    assert "send.message_octets: -1 is less than 0" in refused.trouble
    with pytest.raises(Invalid, match=r"no column 'smtp\.vrfy'"):
        read_rows("address,smtp.vrfy\n")


async def test_what_is_exported_is_what_is_there(office: Office) -> None:
    await done(office, TABLE)
    text = "".join(write_rows(await office.accounts.all(OPERATOR)))
    assert [each.doing for each in await compared(office, text)] == [Doing.SAME, Doing.SAME]


async def test_a_row_is_done_whole_or_not_at_all_and_stops_no_other(office: Office) -> None:
    await office.add("carol")
    text = f"""address,quota,logins
bad@{DOMAIN},much,
carol@{DOMAIN},,taken
alice@{DOMAIN},,taken
carol@{DOMAIN},1GB,
x@nowhere.example,,
,1GB,
dave@{DOMAIN},1GB,,
erin@{DOMAIN},1GB,
"""
    results = await done(office, text)
    assert [each.doing for each in results] == [
        Doing.REFUSED,
        Doing.CHANGE,
        Doing.REFUSED,
        Doing.REFUSED,
        Doing.REFUSED,
        Doing.REFUSED,
        Doing.REFUSED,
        Doing.ADD,
    ]
    troubles = [each.trouble for each in results if each.trouble]
    for trouble, words in zip(
        troubles,
        ("column quota: ", "login name", "stands in the table before", "no domain", "column address", "4 cells"),
        strict=True,
    ):
        assert words in trouble
    assert [account.key for account in await office.accounts.all(OPERATOR)] == [f"carol@{DOMAIN}", f"erin@{DOMAIN}"]


async def test_passwords_come_from_the_table_or_are_made(office: Office) -> None:
    await office.parts.directory.put_setting("system", "auth.app_passwords_only", b"false")
    await office.parts.settings.refresh()
    text = f"address,password\nalice@{DOMAIN},Corr3ct-horse-st\nbob@{DOMAIN},\ncarol@{DOMAIN},12345\n"
    office.parts = replace(office.parts, entropy=SystemEntropy())  # what counts repeats itself
    alice, bob, carol = await done(office, text, generate=True)
    assert (alice.doing, alice.password, bob.doing, carol.doing) == (Doing.ADD, "", Doing.ADD, Doing.REFUSED)
    await office.authenticator.authenticate(alice.address, "Corr3ct-horse-st")
    await office.authenticator.authenticate(bob.address, bob.password)


async def test_each_row_needs_the_right_for_it(office: Office) -> None:
    somebody = Principal(AccountId(b"s" * 16), f"s@{DOMAIN}", Role.AUDITOR, reach=(DOMAIN,))
    results = await done(office, TABLE, principal=somebody)
    assert [each.doing for each in results] == [Doing.REFUSED, Doing.REFUSED]
    assert await office.accounts.all(OPERATOR) == []


@pytest.mark.parametrize("text", ["", "name\n", "address,address\n", "address,colour\n", 'address\n"a', "address\n" + "x" * 20_000])
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(Invalid):
        read_rows(text)


@given(st.text() | st.lists(st.text(max_size=8)).map(lambda cells: "address,quota,expires,logins\n" + ",".join(cells)))
def test_any_text_is_rows_or_one_error(text: str) -> None:
    try:
        rows = read_rows(text)
    except Invalid:
        return
    assert all(row.trouble or row.address for row in rows)
