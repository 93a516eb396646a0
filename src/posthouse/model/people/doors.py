"""How mail programs reach this installation."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

_SERVICES: Final = {"imap": ("imaps", "imap"), "pop3": ("pop3s", "pop3"), "smtp": ("submissions", "submission")}


class Way(NamedTuple):
    """One port and how its connection is secured."""

    port: int
    security: str
    """``tls`` or ``starttls``."""


class Door(NamedTuple):
    """What a mail program asks for in one of its dialogs; the first way is the one to take."""

    name: str
    """``imap``, ``pop3`` or ``smtp``."""
    ways: tuple[Way, ...]


class Doors(msgspec.Struct, frozen=True):
    """The host name, and what is open there."""

    hostname: str
    ports: Mapping[str, int]
    """Bound ports by service (``imaps``, ``submissions``…); what is not served is not in it."""

    def for_programs(self) -> list[Door]:
        """What is open to mail programs."""
        found = []
        for name, services in _SERVICES.items():
            secured = zip(services, ("tls", "starttls"), strict=True)
            ways = tuple(Way(self.ports[service], security) for service, security in secured if service in self.ports)
            if ways:
                found.append(Door(name, ways))
        return found

    @property
    def setup_page(self) -> str:
        """Address of the page that shows how to set up programs; empty where there is no web."""
        for scheme, standard in (("https", 443), ("http", 80)):
            if scheme in self.ports:
                port = self.ports[scheme]
                return f"{scheme}://{self.hostname}{'' if port == standard else f':{port}'}/setup"
        return ""
