"""The listeners of a mail worker: each with its own floor of TLS, and with a way to switch it off. Followed without a restart."""

import ssl
from collections.abc import Callable
from typing import Final

from posthouse.bootstrap.layout import Layout
from posthouse.model.settings.listeners import LISTENERS, LISTENERS_OFF, LISTENERS_TLS
from posthouse.services.settings import Settings
from posthouse.transport.tls import ServerContext, reload, server_context
from posthouse.transport.turned_away import TurnedAway
from posthouse.transport.wire import Session, Wire

MakeSession = Callable[[Wire], Session]
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_OFF: Final = "this service is switched off"
_WORDS: Final = {
    "imap": f"* BYE [UNAVAILABLE] {_OFF.capitalize()}\r\n".encode(),
    "pop3": f"-ERR [SYS/PERM] {_OFF}\r\n".encode(),
    "qmtp": b"",  # it has no word for it
    "smtp": f"421 4.3.2 {_OFF}\r\n".encode(),
}


class Contexts:
    """A context of TLS for each listener."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._by_name = {name: server_context(layout.certificate, layout.private_key) for name in LISTENERS}

    def __getitem__(self, name: str) -> ServerContext:
        """The context of a listener."""
        return self._by_name[name]

    def follow(self, settings: Settings) -> None:
        """Take the floor of each from the settings, for handshakes from now on."""
        for name, context in self._by_name.items():
            context.minimum_version = _VERSIONS[settings[LISTENERS_TLS].get(name, "1.2")]

    def reload(self) -> None:
        """Read the certificate anew. Raises: OSError, ssl.SSLError."""
        for context in self._by_name.values():
            reload(context, self._layout.certificate, self._layout.private_key)


def switched(name: str, make_session: MakeSession, settings: Settings) -> MakeSession:
    """Sessions of a listener while it is on."""
    words = _WORDS.get(name.removesuffix("s"), _WORDS["smtp"])

    def make(wire: Wire) -> Session:
        return TurnedAway(wire, words) if name in settings[LISTENERS_OFF] else make_session(wire)

    return make
