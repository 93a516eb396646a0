"""Every adapter of the account store, opened for a test, and what tests put into one."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.offices import neighbour_of

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.account_store import MemoryAccountStore
from posthouse.adapters.rpc.client import remote
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.formats.mime.part import Part
from posthouse.foundation.ids import AccountId, DeliveryId, MailboxId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivery
from posthouse.model.mailbox import Mailbox
from posthouse.ports.account_store import AccountStore

ALICE: Final = AccountId(b"alice-alice-alic")
_numbers = itertools.count(1)


def _first_line(octets: bytes, _part: Part) -> bytes:
    return octets.split(b"\r\n", 1)[0]


PROJECTIONS: Final = {"first_line": _first_line, "length": lambda octets, _part: str(len(octets)).encode()}


@asynccontextmanager
async def _sqlite(folder: Path, clock: FakeClock) -> AsyncIterator[AccountStore]:
    store = SqliteAccountStore(Places(folder / "accounts", folder / "marks"), 1, PROJECTIONS, Hub(), (clock, CountingEntropy()))
    yield store
    store.stop()


@asynccontextmanager
async def _memory(_folder: Path, clock: FakeClock) -> AsyncIterator[AccountStore]:
    yield MemoryAccountStore(PROJECTIONS, Hub(), (clock, CountingEntropy()))


@asynccontextmanager
async def _remote(folder: Path, clock: FakeClock) -> AsyncIterator[AccountStore]:
    async with _sqlite(folder, clock) as owner, neighbour_of(folder, {"accounts": (AccountStore, owner)}) as neighbour:
        yield remote("accounts", AccountStore, neighbour)  # type: ignore[type-abstract]


OpenStore = Callable[[Path, FakeClock], AbstractAsyncContextManager[AccountStore]]
"""Opens an empty store in a folder of its own."""
ADAPTERS: Final[dict[str, OpenStore]] = {
    "sqlite": _sqlite,
    "memory": _memory,
    "remote": _remote,
}
"""By name."""


def message(text: str = "hello", **fields: str) -> bytes:
    """A small message; fields with underscores for hyphens."""
    head = {"Subject": text, "Message-ID": f"<{next(_numbers)}@example.test>"}
    head.update({name.replace("_", "-"): value for name, value in fields.items()})
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in head.items()) + b"\r\n" + text.encode() + b"\r\n"


def delivery(octets: bytes, **more: Any) -> Delivery:
    """A delivery that has not been made before."""
    number = next(_numbers)
    return Delivery(
        DeliveryId(b"delivery%08d" % number), TraceId(b"trace-id%08d" % number), Content(octets), 1_700_000_000.5, **more
    )


async def box(store: AccountStore, name: str = "INBOX", viewer: AccountId | None = None) -> Mailbox:
    """A mailbox of Alice's by name."""
    return next(mailbox for mailbox in await store.mailboxes(ALICE, viewer=viewer) if mailbox.name == name)


async def fill(store: AccountStore, count: int) -> MailboxId:
    """Put messages into Alice's inbox."""
    inbox = (await box(store)).id
    await store.append(ALICE, inbox, [Append(Content(message(f"number {n}")), 1_700_000_000.0 + n) for n in range(count)])
    return inbox
