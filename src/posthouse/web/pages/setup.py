"""The first page: how to bind a mail program to this service, with its real names and ports."""

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY
from posthouse.web.house import WebHouse
from posthouse.web.pages.templating import page


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


_SERVICES: Final = {"imap": ("imaps", "imap"), "pop3": ("pop3s", "pop3"), "smtp": ("submissions", "submission")}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def doors(house: WebHouse) -> list[Door]:
    """What is open to mail programs."""
    found = []
    for name, services in _SERVICES.items():
        secured = zip(services, ("tls", "starttls"), strict=True)
        ways = tuple(Way(house.ports[service], security) for service, security in secured if service in house.ports)
        if ways:
            found.append(Door(name, ways))
    return found


class SetupPage:
    """Its endpoint is ``get``."""

    def __init__(self, house: WebHouse) -> None:
        self._house = house
        self._doors = doors(house)

    async def get(self, request: Request) -> Response:
        """Answer with the page, in the language asked for with ``?lang=`` or preferred by the browser."""
        await self._house.settings.refresh()
        return page(
            request,
            "setup",
            self._house.hostname,
            doors=self._doors,
            app_passwords_only=self._house.settings[AUTH_APP_PASSWORDS_ONLY],
            fingerprint=self._house.fingerprint(),
            local=request.url.hostname in _LOOPBACK,
        )
