"""``posthouse.toml``: only what is needed to start; everything else is a setting."""

import ipaddress
import os
from typing import Annotated, NamedTuple

import msgspec

from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Invalid, NotFound


class Service(NamedTuple):
    """A kind of listener: its standard port, who serves it, and whether TLS comes first."""

    port: int
    server: str
    implicit_tls: bool = False


SERVICES = {
    "smtp": Service(25, "smtp"),
    "lmtp": Service(24, "smtp"),
    "submission": Service(587, "smtp"),
    "submissions": Service(465, "smtp", implicit_tls=True),
    "qmtp": Service(209, "qmtp"),
    "imap": Service(143, "imap"),
    "imaps": Service(993, "imap", implicit_tls=True),
    "pop3": Service(110, "pop3"),
    "pop3s": Service(995, "pop3", implicit_tls=True),
    "http": Service(80, "web"),
    "https": Service(443, "web", implicit_tls=True),
}
"""Listeners by the name the IANA gives them."""


Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


EMBEDDED = "sqlite"
POSTGRESQL = ("postgresql://", "postgres://")


class Storage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where what people own is kept (``[storage]``)."""

    accounts: str = EMBEDDED
    """``sqlite``: a file for each account below the data directory. ``postgresql://…``: one database for all."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file's content."""

    hostname: str
    bind: list[str] = msgspec.field(default_factory=lambda: ["0.0.0.0", "::"])  # noqa: S104 - it is there to be reached
    ports: dict[str, Port] = {}
    """Ports that differ from the standard, by service; 0 turns a service off."""
    proxies: list[str] = []
    """Networks of load balancers: connections of mail programs and servers that come from them begin with a PROXY header."""
    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """Mail workers; 0: one less than there are cores, at least one, at most eight."""
    user: str = ""
    """Whom to become once the ports are bound, when started as root."""
    memory_octets: Annotated[int, msgspec.Meta(ge=16_777_216)] = 268_435_456
    """What one worker holds in memory for strangers (``limits.memory``)."""
    storage: Storage = Storage()

    def port(self, service: str, offset: int) -> int:
        """The port of a service, or 0 where it is off."""
        port = self.ports.get(service, SERVICES[service].port)
        return port + offset if port else 0

    @property
    def worker_count(self) -> int:
        """How many mail workers to run."""
        return self.workers or min(8, max(1, (os.cpu_count() or 1) - 1))


def read_config(layout: Layout) -> Config:
    """Read the file.

    Raises: NotFound where there is no installation; Invalid with the line at fault.
    """
    try:
        octets = layout.config.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{layout.root} is no Posthouse directory: run posthouse init first") from error
    try:
        config = msgspec.toml.decode(octets, type=Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{layout.config}: {error}") from error
    unknown = set(config.ports) - set(SERVICES)
    if unknown:
        raise Invalid(f"{layout.config}: there is no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    check_engine(config.storage.accounts)
    for network in config.proxies:
        _check_network(layout, network)
    return config


def _check_network(layout: Layout, text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Invalid(f"{layout.config}: proxies: {error}") from None


def check_engine(accounts: str) -> str:
    """Return what names an engine for accounts. Raises: Invalid."""
    if accounts != EMBEDDED and not accounts.startswith(POSTGRESQL):
        raise Invalid(f"accounts are kept in {EMBEDDED} or at postgresql://USER@HOST/DATABASE, not in {accounts!r}")
    return accounts
