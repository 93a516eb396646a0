"""Where everything lies below the data directory."""

import os
from pathlib import Path
from typing import NamedTuple

DEFAULT_DIRECTORY = Path("/var/lib/posthouse")


class Layout(NamedTuple):
    """The paths of one installation."""

    root: Path

    @property
    def config(self) -> Path:
        """What is needed to start."""
        return self.root / "posthouse.toml"

    @property
    def keys(self) -> Path:
        """Secrets of the installation."""
        return self.root / "keys"

    @property
    def certificate(self) -> Path:
        """PEM chain of the host's certificate."""
        return self.root / "certs" / "host.pem"

    @property
    def private_key(self) -> Path:
        """PEM key of the host's certificate."""
        return self.root / "certs" / "host.key"

    @property
    def directory(self) -> Path:
        """Domains, accounts, credentials, settings."""
        return self.root / "directory.db"

    @property
    def trace(self) -> Path:
        """What happened to every message."""
        return self.root / "trace.db"

    @property
    def state(self) -> Path:
        """Who has written to whom (greylisting)."""
        return self.root / "state.db"

    @property
    def guard(self) -> Path:
        """Failed sign-ins and blocks."""
        return self.root / "guard.db"

    @property
    def guard_feed(self) -> Path:
        """Failures and blocks, a line each, for programs that follow it."""
        return self.root / "guard.log"

    @property
    def outgoing(self) -> Path:
        """What accounts have sent lately."""
        return self.root / "outgoing.db"

    @property
    def uses(self) -> Path:
        """When and from where credentials were last used."""
        return self.root / "uses.db"

    @property
    def sessions(self) -> Path:
        """Who is signed in with a browser."""
        return self.root / "sessions.db"

    @property
    def answers(self) -> Path:
        """What was answered to requests that carry a key."""
        return self.root / "answers.db"

    @property
    def audit(self) -> Path:
        """Who did what, in a chain."""
        return self.root / "audit.db"

    @property
    def reports(self) -> Path:
        """Reports about mail authentication, and what ours are made of."""
        return self.root / "reports.db"

    @property
    def tls(self) -> Path:
        """MTA-STS policies of others, and how TLS went with them."""
        return self.root / "tls.db"

    @property
    def accounts(self) -> Path:
        """All that people own."""
        return self.root / "accounts"

    @property
    def marks(self) -> Path:
        """What each account's numbers have reached: not to be put back together with the accounts."""
        return self.root / "marks"

    @property
    def lock(self) -> Path:
        """Locked by whoever owns the files: the server, or a command without one."""
        return self.root / "run" / "lock"

    @property
    def server(self) -> Path:
        """What a running server says about itself."""
        return self.root / "run" / "server.json"

    @property
    def epoch(self) -> Path:
        """The owners' epoch: raised whenever an owner starts."""
        return self.root / "run" / "epoch"

    def queue(self, slot: int) -> Path:
        """The queue of a worker."""
        return self.root / "queue" / f"{slot}.db"

    def spool(self, name: str) -> Path:
        """Where a process receives large bodies; on the file system of the accounts."""
        return self.root / "spool" / name

    def socket(self, name: str) -> Path:
        """The Unix socket of a process: ``worker-0`` or ``keeper``."""
        return self.root / "run" / f"{name}.sock"


def chosen(option: str | None) -> Layout:
    """The data directory: the option, else ``POSTHOUSE_DATA``, else the default of the system."""
    return Layout(Path(option or os.environ.get("POSTHOUSE_DATA") or DEFAULT_DIRECTORY).absolute())
