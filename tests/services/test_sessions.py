"""Who is signed in, and who is no more."""

from collections.abc import Callable

import pytest
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.errors import Expired, PosthouseError, Retired, Unavailable
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Credential, CredentialKind, Domain
from posthouse.model.principal import Principal
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings

ALICE = Account(AccountId(b"alice-alice-alic"), "alice@example.test", "alice@example.test", "example.test")
PHONE, TABLET = CredentialId(b"phone"), CredentialId(b"tablet")


def principal(credential: CredentialId | None = PHONE) -> Principal:
    return Principal(ALICE.id, ALICE.address, credential_id=credential)


class Signed:
    """Sessions over a directory with alice, her phone and her tablet."""

    def __init__(self) -> None:
        self.directory = MemoryDirectory(MemoryBus())
        authenticator = Authenticator(
            AuthenticatingParts(self.directory, MemoryVault(), Settings(self.directory), FakeClock(), CountingEntropy())
        )
        self.sessions = Sessions(authenticator, FakeClock(), CountingEntropy())
        self.ended: list[tuple[str, type[PosthouseError]]] = []

    def end(self, name: str) -> "Ending":
        return Ending(self, name)


class Ending:
    """Remembers which session was ended, and why."""

    def __init__(self, signed: Signed, name: str) -> None:
        self.signed, self.name = signed, name

    def __call__(self, reason: PosthouseError) -> None:
        self.signed.ended.append((self.name, type(reason)))


@pytest.fixture
async def signed() -> Signed:
    made = Signed()
    await made.directory.add_domain(Domain("example.test", "example.test"))
    await made.directory.add_account(ALICE)
    for id_ in (PHONE, TABLET):
        await made.directory.add_credential(Credential(id_, ALICE.id, CredentialKind.APP_PASSWORD, "", "", {}, 1.0))
    return made


async def test_nothing_happens_while_all_credentials_count(signed: Signed) -> None:
    signed.sessions.add(principal(), signed.end("one"))
    signed.sessions.add(principal(TABLET), signed.end("two"))
    assert len(signed.sessions) == 2
    await signed.sessions.review()
    assert signed.ended == []


async def test_a_revoked_credential_ends_its_sessions_and_no_others(signed: Signed) -> None:
    for name in ("one", "two"):
        signed.sessions.add(principal(), signed.end(name))
    signed.sessions.add(principal(TABLET), signed.end("three"))
    await signed.directory.remove_credentials(ALICE.id, [PHONE])
    await signed.sessions.review()
    assert sorted(signed.ended) == [("one", Expired), ("two", Expired)]


async def test_a_session_that_closed_is_ended_no_more(signed: Signed) -> None:
    remove = signed.sessions.add(principal(), signed.end("one"))
    signed.sessions.add(principal(), signed.end("two"))
    remove()
    remove()
    assert len(signed.sessions) == 1
    await signed.directory.remove_account(ALICE.id)
    await signed.sessions.review()
    assert signed.ended == [("two", Retired)]


async def test_a_session_may_take_itself_out_while_it_is_ended(signed: Signed) -> None:
    removes: list[Callable[[], None]] = []

    def end(reason: PosthouseError) -> None:
        signed.ended.append(("one", type(reason)))
        removes[0]()

    removes.append(signed.sessions.add(principal(), end))
    signed.sessions.add(principal(), signed.end("two"))
    await signed.directory.remove_credentials(ALICE.id, [PHONE])
    await signed.sessions.review()
    assert sorted(signed.ended) == [("one", Expired), ("two", Expired)]
    assert len(signed.sessions) == 1


async def test_signing_in_again_after_the_last_has_closed(signed: Signed) -> None:
    first = signed.sessions.add(principal(), signed.end("one"))
    first()
    assert len(signed.sessions) == 0
    signed.sessions.add(principal(), signed.end("two"))
    first()
    assert len(signed.sessions) == 1


async def test_stopping_ends_everybody(signed: Signed) -> None:
    signed.sessions.add(principal(), signed.end("one"))
    signed.sessions.add(principal(TABLET), signed.end("two"))
    signed.sessions.end_all(Unavailable("the server is shutting down"))
    assert sorted(signed.ended) == [("one", Unavailable), ("two", Unavailable)]


async def test_an_account_sees_its_sessions_and_ends_them(signed: Signed) -> None:
    forget = signed.sessions.add(principal(), signed.end("one"), "192.0.2.1")
    signed.sessions.add(principal(TABLET), signed.end("two"), "2001:db8::1")
    bob = Principal(AccountId(b"bob"), "bob@example.test")
    signed.sessions.add(bob, signed.end("three"))
    one, two = await signed.sessions.of(ALICE.id)
    assert (one.credential_id, one.address, two.credential_id, two.address) == (PHONE, "192.0.2.1", TABLET, "2001:db8::1")
    [foreign] = await signed.sessions.of(bob.account_id)
    assert await signed.sessions.end(ALICE.id, [two.id, foreign.id]) == 1
    assert signed.ended == [("two", Unavailable)]
    forget()
    assert await signed.sessions.end(ALICE.id, [one.id]) == 0
    assert await signed.sessions.end(ALICE.id, [two.id]) == 0, "it has been told already"
    assert await signed.sessions.of(ALICE.id) == []
    assert len(signed.sessions) == 2, "until its connection has closed"
