"""From where credentials are used: collected, kept in one go, never lost to a keeper that is away for a moment."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.support.fakes import FakeClock

from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.principal import SYSTEM, Principal
from posthouse.ports.credential_uses import PROGRAM_CHARACTERS, Use
from posthouse.services.guard.guarding import NOWHERE, Source
from posthouse.services.signing_in import using
from posthouse.services.signing_in.using import UseNoting

ALICE = Principal(AccountId(b"a" * 16), "alice@example.test", credential_id=CredentialId(b"p" * 16))
HOME = Source("192.0.2.1", "imap")


class Kept:
    """Keeps batches; away while told to be."""

    def __init__(self) -> None:
        self.batches: list[list[Use]] = []
        self.away = False
        self.heard = asyncio.Event()

    async def note(self, uses: Sequence[Use]) -> None:
        if self.away:
            raise Unavailable("the keeper is away")
        self.batches.append(list(uses))
        self.heard.set()

    async def last(self, account_id: AccountId) -> list[Use]:
        return [use for batch in self.batches for use in batch if use.account_id == account_id]


async def test_many_uses_are_one_batch_and_the_last_of_each_program_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(using, "DELAY_SECONDS", 0)
    kept, clock = Kept(), FakeClock()
    noting = UseNoting(kept, clock)
    for _ in range(3):
        clock.advance(1)
        noting.note(ALICE, HOME)
    noting.note(ALICE, Source("192.0.2.9", "pop3"))
    await kept.heard.wait()
    await noting.stop()
    (batch,) = kept.batches
    assert [(use.protocol, use.address, use.at) for use in batch] == [
        ("imap", "192.0.2.1", clock.now()),
        ("pop3", "192.0.2.9", clock.now()),
    ]


async def test_a_program_that_says_its_name_after_signing_in_is_one_program() -> None:
    kept = Kept()
    noting = UseNoting(kept, FakeClock())
    noting.note(ALICE, HOME)
    noting.note(ALICE, Source("192.0.2.1", "imap", "Thunder\0bird\n" + "x" * 200))
    noting.note(ALICE, Source("192.0.2.2", "imap"))
    await noting.stop()
    (batch,) = kept.batches
    assert [(use.address, use.program[:11]) for use in batch] == [("192.0.2.1", "Thunderbird"), ("192.0.2.2", "")]
    assert len(batch[0].program) <= PROGRAM_CHARACTERS


async def test_what_cannot_be_kept_now_is_kept_later_and_what_is_newer_wins() -> None:
    kept, clock = Kept(), FakeClock()
    noting = UseNoting(kept, clock)
    kept.away = True
    noting.note(ALICE, HOME)
    await noting.keep()
    clock.advance(1)
    noting.note(ALICE, HOME)
    kept.away = False
    await noting.stop()
    assert [[use.at for use in batch] for batch in kept.batches] == [[clock.now()]]


async def test_memory_is_bounded_and_the_house_itself_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(using, "DIFFERENT", 2)
    kept = Kept()
    noting = UseNoting(kept, FakeClock())
    noting.note(SYSTEM, HOME)
    noting.note(ALICE, NOWHERE)
    for number in range(5):
        noting.note(ALICE, Source("192.0.2.1", "imap", f"p{number}"))
    await noting.stop()
    assert [use.program for use in kept.batches[0]] == ["p0", "p1"]
