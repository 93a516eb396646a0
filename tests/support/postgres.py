"""A PostgreSQL server of its own, on a Unix socket in a temporary directory, as an unprivileged user."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own
from tests.support.account_stores import PROJECTIONS
from tests.support.fakes import FakeClock

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.postgres.accounts.looking import Places
from posthouse.adapters.sql.postgres.accounts.store import PostgresAccountStore
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.ports.projection import Projections

_names = count(1)


class PostgresServer:
    """One cluster; ``durable`` as in earnest, else without waiting for the disk (the machine is not going to stop)."""

    def __init__(self, program: str, folder: Path, *, durable: bool = False) -> None:
        self._programs = Path(program).resolve().parent
        self._folder = folder
        self._durable = durable
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def install(self) -> None:
        """Make the cluster."""
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-E", "UTF8", "--locale=C", "-U", "postgres", "--no-sync")
        settings = f"listen_addresses = ''\nunix_socket_directories = '{self._folder}'\nmax_connections = 60\n"
        if not self._durable:
            settings += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-w", "-s", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop: ``fast`` disconnects everybody, ``immediate`` is as good as a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "-s", "stop")

    def url(self, database: str) -> str:
        """What to write into ``posthouse.toml``."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    async def create(self) -> str:
        """Make an empty database; returns its URL."""
        name = f"house_{next(_names)}"
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.url(name)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", *command]
        done = subprocess.run(
            command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (program, done.stderr)


@contextmanager
def postgres_running(program: str, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A server for a test. Its directory has a short name: that of a socket may have a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgresServer(program, Path(folder), durable=durable)
        server.install()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


@asynccontextmanager
async def postgres_store(
    server: PostgresServer, folder: Path, clock: FakeClock, url: str = "", projections: Projections = PROJECTIONS
) -> AsyncIterator[PostgresAccountStore]:
    """An empty store in a database of its own, or one more over the database at ``url``."""
    places = Places(url or await server.create(), folder / "accounts")
    store = PostgresAccountStore(places, projections, Hub(), (clock, SystemEntropy()))
    try:
        yield store
    finally:
        await asyncio.to_thread(store.stop)
