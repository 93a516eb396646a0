"""People whom somebody outside knows."""

from collections.abc import AsyncIterator

from posthouse.foundation.errors import Unavailable
from posthouse.ports.signing_in.outside_people import OutsidePerson, PeopleFields, PeopleSource


class FakePeople:
    """People whom somebody outside knows (port ``OutsidePeople``)."""

    def __init__(self, passwords: dict[str, str] | None = None) -> None:
        self.passwords = passwords or {}
        self.known: list[OutsidePerson] = []
        self.asked: list[tuple[str, str]] = []
        self.is_away = False

    async def verify(self, source: PeopleSource, address: str, password: str) -> bool:
        """Whether it is the password."""
        self.asked.append((address, password))
        self._require()
        return self.passwords.get(address) == password

    async def find(self, source: PeopleSource, address: str) -> list[str]:
        """Entries of an address."""
        self._require()
        return [person.name for person in self.known if address in person.addresses]

    async def everybody(self, source: PeopleSource, domain: str, fields: PeopleFields) -> AsyncIterator[OutsidePerson]:
        """Everybody."""
        self._require()
        for person in list(self.known):
            yield person

    def _require(self) -> None:
        if self.is_away:
            raise Unavailable("ldaps://secret.example.test does not answer")
