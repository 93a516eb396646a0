"""The mechanisms that work, by name, best first. What is not here is not announced."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from posthouse.protocols.sasl.bearer import BearerServer, OAuthBearerClient, XOAuth2Client
from posthouse.protocols.sasl.cram_md5 import CramMd5Client, CramMd5Server
from posthouse.protocols.sasl.login import LoginClient, LoginServer
from posthouse.protocols.sasl.plain import PlainClient, PlainServer
from posthouse.protocols.sasl.scram_client import ScramClient
from posthouse.protocols.sasl.scram_server import HASHES, PLUS, ScramServer
from posthouse.protocols.sasl.types import ClientMechanism, Credentials, ServerMechanism, UnknownMechanism

SERVER_MECHANISMS: Final[Mapping[str, Callable[[str, Mapping[str, bytes]], ServerMechanism]]] = MappingProxyType(
    {
        "SCRAM-SHA-256-PLUS": partial(ScramServer, "SCRAM-SHA-256-PLUS"),
        "SCRAM-SHA-1-PLUS": partial(ScramServer, "SCRAM-SHA-1-PLUS"),
        "SCRAM-SHA-256": partial(ScramServer, "SCRAM-SHA-256"),
        "SCRAM-SHA-1": partial(ScramServer, "SCRAM-SHA-1"),
        "PLAIN": lambda _nonce, _bindings: PlainServer(),
        "LOGIN": lambda _nonce, _bindings: LoginServer(),
        "OAUTHBEARER": lambda _nonce, _bindings: BearerServer("OAUTHBEARER"),
        "XOAUTH2": lambda _nonce, _bindings: BearerServer("XOAUTH2"),
        "CRAM-MD5": lambda nonce, _bindings: CramMd5Server(nonce if "@" in nonce else f"{nonce}@posthouse"),
    }
)
"""Made from a nonce, and the channel bindings that are offered."""
CLIENT_MECHANISMS: Final[Mapping[str, Callable[[Credentials, str], ClientMechanism]]] = MappingProxyType(
    {
        "SCRAM-SHA-256": partial(ScramClient, "SCRAM-SHA-256"),
        "SCRAM-SHA-1": partial(ScramClient, "SCRAM-SHA-1"),
        "PLAIN": lambda credentials, _: PlainClient(credentials),
        "LOGIN": lambda credentials, _: LoginClient(credentials),
        "CRAM-MD5": lambda credentials, _: CramMd5Client(credentials),
    }
)
"""Made from credentials and a nonce."""
TOKEN_MECHANISMS: Final[Mapping[str, Callable[[Credentials], ClientMechanism]]] = MappingProxyType(
    {"OAUTHBEARER": OAuthBearerClient, "XOAUTH2": XOAuth2Client}
)
"""Made from a name and a token: whoever has one knows it, and it is never tried with a password."""


def offered_mechanisms(*, scram: bool, cram_md5: bool, binding: bool = False, oauth: bool = False) -> tuple[str, ...]:
    """The names of the mechanisms that are announced, best first.

    ``binding``: SCRAM with channel binding too; ``oauth``: those that take tokens.
    """
    return tuple(
        name
        for name in SERVER_MECHANISMS
        if (scram or name.removesuffix(PLUS) not in HASHES)
        and (binding or not name.endswith(PLUS))
        and (cram_md5 or name != CramMd5Server.name)
        and (oauth or name not in TOKEN_MECHANISMS)
    )


def server_mechanism(
    name: str, nonce: str, offered: Collection[str], bindings: Mapping[str, bytes] | None = None
) -> ServerMechanism:
    """A fresh exchange of the named mechanism (any case), if it is among the offered ones.

    ``nonce``: letters and digits, never used before. ``bindings``: channel bindings of the connection, octets by type, where they
    are offered.
    Raises: UnknownMechanism.
    """
    wanted = name.upper()
    if wanted not in offered or wanted not in SERVER_MECHANISMS:
        raise UnknownMechanism(f"no such mechanism: {name}")
    return SERVER_MECHANISMS[wanted](nonce, bindings or {})


def client_mechanism(offered: Iterable[str], credentials: Credentials, nonce: str = "", only: str = "") -> ClientMechanism:
    """A fresh exchange of the best mechanism that the server offers and we know, or of the ``only`` one that is wanted.

    ``nonce``: printable characters without comma, never used before; without one there is no SCRAM.
    Raises: UnknownMechanism when there is none; ValueError for credentials the mechanism cannot carry.
    """
    names = {name.upper() for name in offered}
    known = [name for name in CLIENT_MECHANISMS if (nonce or not name.startswith("SCRAM")) and only in {"", name}]
    for name in known:
        if name in names:
            return CLIENT_MECHANISMS[name](credentials, nonce)
    raise UnknownMechanism(f"the server offers none of {', '.join(known)}: {' '.join(sorted(names))}")
