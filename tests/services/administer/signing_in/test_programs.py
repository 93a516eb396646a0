"""What owners see of the programs that use their app passwords."""

import asyncio
from pathlib import Path

import pytest
from tests.support.administration import OPERATOR, Office, open_office

from posthouse.adapters.uses.database import UseDatabase
from posthouse.foundation.errors import NotPermitted
from posthouse.model.principal import Principal
from posthouse.services.administer.signing_in.programs import Programs
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.guard.guarding import Source
from posthouse.services.signing_in.using import UseNoting


async def test_each_app_password_has_its_programs(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        database = UseDatabase(tmp_path / "uses.db")
        await _signs_in(office, database)
        await asyncio.to_thread(database.stop)


async def _signs_in(office: Office, database: UseDatabase) -> None:
    parts, noting = office.parts, UseNoting(database, office.clock)
    authenticator = Authenticator(
        AuthenticatingParts(parts.directory, parts.vault, parts.settings, office.clock, parts.entropy, uses=noting)
    )
    alice, bob = await office.add("alice"), await office.add("bob")
    phone = await office.app_passwords.add(OPERATOR, alice.address, "phone")
    await office.app_passwords.add(OPERATOR, alice.address, "tablet")
    principal = await authenticator.authenticate(alice.address, phone.password, Source("192.0.2.1", "imap"))
    authenticator.note_use(principal, Source("192.0.2.1", "imap", "Thunderbird"))
    office.clock.advance(10)
    await authenticator.authenticate(alice.address, phone.password, Source("198.51.100.7", "submission"))
    await noting.stop()
    programs = Programs(parts, database)
    found = await programs.all(Principal(alice.id, alice.address), alice.address)
    assert [(each.credential.name, [(use.protocol, use.program, use.address) for use in each.uses]) for each in found] == [
        ("phone", [("submission", "", "198.51.100.7"), ("imap", "Thunderbird", "192.0.2.1")]),
        ("tablet", []),
    ]
    with pytest.raises(NotPermitted):
        await programs.all(Principal(bob.id, bob.address), alice.address)
