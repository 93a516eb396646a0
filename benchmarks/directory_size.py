"""Does a larger directory cost more? RCPT look-ups and sign-ins with app passwords at a thousand, 100,000 and a million mailboxes.

    python benchmarks/directory_size.py [SIZE…]

Prints microseconds per look-up and, for the results page, ratios to the smallest directory. Names are asked at random, so that
most are not remembered; a second column is with a change of somebody's account before every hundredth look-up, which makes the
reader forget all it remembers.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
from msgspec.structs import replace

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.directory import changing
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectory, create_directory
from posthouse.adapters.sql.sqlite.file import connect, immediate
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.adapters.vault.files import FileVault, create_keys
from posthouse.formats.address.value import Address
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Credential, CredentialKind, Domain
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, verifier_of
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.receive.recipients import Recipients
from posthouse.services.settings import Settings

SIZES = (1_000, 100_000, 1_000_000)
DOMAINS = 100
CALLS = 5_000
EDIT_EVERY = 100
SECRET = "abcdefghijkmnopqrstuvwxyz2345679"
_FAR = 2_000_000_000.0


def _id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _account(number: int) -> Account:
    domain = f"d{number % DOMAINS}.example"
    address = f"user{number}@{domain}"
    return Account(AccountId(_id(number + 1)), address, address, domain, quota_octets=5_000_000_000)


def fill(db: apsw.Connection, vault: FileVault, size: int) -> None:
    """Make the domains, the accounts and an app password for each."""
    with immediate(db):
        for number in range(DOMAINS):
            changing.add_domain(db, Domain(f"d{number}.example", f"d{number}.example"))
    for start in range(0, size, 50_000):
        with immediate(db):
            for number in range(start, min(size, start + 50_000)):
                account = _account(number)
                changing.add_account(db, account)
                verifiers = {"hmac": verifier_of(vault, account.id, SECRET)}
                credential = Credential(
                    CredentialId(_id(number + 1)),
                    account.id,
                    CredentialKind.APP_PASSWORD,
                    "x",
                    SECRET[:LOOKUP_CHARACTERS],
                    verifiers,
                    0.0,
                    _FAR,
                )
                changing.add_credential(db, credential)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


async def measured(directory: SqliteDirectory, size: int, call: Callable[[str], Awaitable[object]], *, edits: bool) -> float:
    """Microseconds of a call in the median, without those of the changes between."""
    spent: list[float] = []
    for number in range(CALLS):
        if edits and number % EDIT_EVERY == 0:
            account = _account(random.randrange(size))
            await directory.replace_account(replace(account, display_name=str(number)))
        address = _account(random.randrange(size)).address
        begun = time.perf_counter()
        await call(address)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1e6


async def run(size: int) -> list[float]:
    """RCPT and sign-in, alone and with changes between."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "directory.db"
        create_directory(path)
        create_keys(Path(folder) / "keys")
        vault = FileVault(Path(folder) / "keys")
        db = connect(path)
        fill(db, vault, size)
        db.close()
        directory = SqliteDirectory(path, Hub())
        settings = Settings(directory)
        recipients = Recipients(directory)
        authenticator = Authenticator(AuthenticatingParts(directory, vault, settings, SystemClock(), SystemEntropy()))

        async def rcpt(address: str) -> object:
            local_part, _, domain = address.partition("@")
            return await recipients.resolve(Address(local_part, domain))

        async def operators(_address: str) -> object:
            return await directory.operators(1)

        async def sign_in(address: str) -> object:
            return await authenticator.authenticate(address, SECRET)

        found = [
            await measured(directory, size, call, edits=edits) for call in (rcpt, sign_in, operators) for edits in (False, True)
        ]
        await asyncio.to_thread(directory.stop)
        vault.stop()
        return found


def main() -> None:
    """Measure and print."""
    sizes = [int(text) for text in sys.argv[1:]] or SIZES
    first: list[float] = []
    print("mailboxes  rcpt  rcpt+edits  sign-in  sign-in+edits  operators  operators+edits  (µs; ratio to the first)")
    for size in sizes:
        found = asyncio.run(run(size))
        first = first or found
        print(size, *(f"{value:.1f} ({value / base:.2f})" for value, base in zip(found, first, strict=True)), flush=True)


if __name__ == "__main__":
    main()
