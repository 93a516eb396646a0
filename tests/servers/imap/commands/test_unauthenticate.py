"""UNAUTHENTICATE is offered where it can be done, and counts like a new connection."""

import pytest
from tests.support.imap_server import ImapServer

from posthouse.foundation.errors import LimitReached
from posthouse.model.settings.programs import IMAP_UNAUTHENTICATE
from posthouse.services.connections import Leave


async def test_it_can_be_switched_off(server: ImapServer) -> None:
    client = await server.signed_in()
    (announced,) = await client.ok("CAPABILITY")
    assert b" UNAUTHENTICATE" in announced
    await server.mail.set(IMAP_UNAUTHENTICATE, False)
    (announced,) = await client.ok("CAPABILITY")
    assert b" UNAUTHENTICATE" not in announced
    assert (await client.do("UNAUTHENTICATE"))[-1] == b"BAD UNAUTHENTICATE is not offered here"
    assert (await client.do("STATUS INBOX (MESSAGES)"))[-1].startswith(b"OK")


async def test_the_address_is_counted_again(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await server.signed_in()
    entered: list[str] = []

    async def enter(address: str) -> Leave:
        entered.append(address)
        if len(entered) > 1:
            raise LimitReached("too many connections from your address")
        return leave

    async def leave(*, signed_in: bool = False) -> None:
        entered.append(f"left {signed_in}")

    monkeypatch.setattr(server.house.connections, "enter", enter)
    await client.ok("UNAUTHENTICATE")
    assert entered == ["127.0.0.1"]
    await client.log_in("bob")
    await client.ok("NOOP")
    assert entered == ["127.0.0.1", "left True"]
    await client.send("x UNAUTHENTICATE")
    assert (await client.response()).startswith(b"* BYE [UNAVAILABLE] Too many connections")
