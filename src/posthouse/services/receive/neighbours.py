"""Machines that may send through port 25 to anywhere without signing in (B11): the printer, the old program, the next server."""

from posthouse.filters.access import AccessList
from posthouse.model.settings.receiving import SMTP_RELAY_FROM
from posthouse.services.settings import Settings


class Neighbours:
    """Looks addresses up in the setting, made ready for looking after each change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._version = -1
        self._list = AccessList(())

    def allow(self, address: str) -> bool:
        """Whether a client at this address may."""
        if self._version != self._settings.version:
            wanted = self._settings[SMTP_RELAY_FROM]
            self._version, self._list = self._settings.version, AccessList(wanted)
        return bool(self._list) and self._list.address(address) is not None
