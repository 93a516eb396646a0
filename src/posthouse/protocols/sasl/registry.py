"""The mechanisms that work, by name, best first. What is not here is not announced."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from posthouse.protocols.sasl.login import LoginClient, LoginServer
from posthouse.protocols.sasl.plain import PlainClient, PlainServer
from posthouse.protocols.sasl.types import ClientMechanism, Credentials, ServerMechanism, UnknownMechanism

SERVER_MECHANISMS: Final[Mapping[str, Callable[[], ServerMechanism]]] = MappingProxyType(
    {"PLAIN": PlainServer, "LOGIN": LoginServer}
)
CLIENT_MECHANISMS: Final[Mapping[str, Callable[[Credentials], ClientMechanism]]] = MappingProxyType(
    {"PLAIN": PlainClient, "LOGIN": LoginClient}
)


def server_mechanism(name: str) -> ServerMechanism:
    """A fresh exchange of the named mechanism (any case).

    Raises: UnknownMechanism.
    """
    try:
        return SERVER_MECHANISMS[name.upper()]()
    except KeyError:
        raise UnknownMechanism(f"no such mechanism: {name}") from None


def client_mechanism(offered: Iterable[str], credentials: Credentials) -> ClientMechanism:
    """A fresh exchange of the best mechanism that the server offers and we know.

    Raises: UnknownMechanism when there is none; ValueError for credentials the mechanism cannot carry.
    """
    names = {name.upper() for name in offered}
    for name, mechanism in CLIENT_MECHANISMS.items():
        if name in names:
            return mechanism(credentials)
    raise UnknownMechanism(f"the server offers none of {', '.join(CLIENT_MECHANISMS)}: {' '.join(sorted(names))}")
