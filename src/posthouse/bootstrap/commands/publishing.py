"""What the publishing of a domain needs of an open house: its host name, its certificate's key, a resolver."""

from pathlib import Path

from posthouse.adapters.dns.resolver import DnsResolver
from posthouse.bootstrap.certificate import public_key
from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import House
from posthouse.model.settings.relay import DNS_RESOLVERS, DNS_SECONDS
from posthouse.ports.resolver import Resolver
from posthouse.services.administer.publishing.publishing import Publishing


def publishing(house: House) -> Publishing:
    """The verbs over a house; without a readable certificate there is no record about it."""
    return Publishing(administration(house), house.config.hostname, _certificate_key(house.layout.certificate))


def resolver(house: House) -> Resolver:
    """The resolver the house would ask."""
    servers = house.settings[DNS_RESOLVERS]
    return DnsResolver(lambda: servers, lambda: house.settings[DNS_SECONDS])


def _certificate_key(certificate: Path) -> bytes:
    try:
        return public_key(certificate)
    except (OSError, ValueError):
        return b""
