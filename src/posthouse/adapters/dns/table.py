"""Answers to questions to the DNS out of a table (port ``Resolver``): for tests."""

from collections.abc import Mapping

from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import Answer, MailExchanger


class TableResolver:
    """``records`` gives values by name (lower case) and type; names in ``silent`` are never answered."""

    def __init__(self, records: Mapping[tuple[str, str], list[str]] | None = None, *, secure: bool = False) -> None:
        self.records = dict(records or {})
        self.silent: set[str] = set()
        self.secure = secure
        self.asked: list[tuple[str, str]] = []

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        """MX records by preference; the domain itself where it has addresses only."""
        found = []
        for record in self._look(domain, "MX"):
            preference, host = record.split()
            found.append(MailExchanger(int(preference), host.rstrip(".")))
        if not found:
            await self.addresses(domain)
            return [MailExchanger(0, domain)]
        return sorted(found, key=lambda exchanger: exchanger.preference)

    async def addresses(self, host: str) -> list[str]:
        """IPv6 and IPv4 addresses."""
        found = [address for kind in ("AAAA", "A") for address in self._look(host, kind)]
        if not found:
            raise NotFound(f"{host} has no address")
        return found

    async def query(self, name: str, record_type: str) -> Answer:
        """Any question."""
        return Answer(tuple(self._look(name, record_type)), self.secure)

    def _look(self, name: str, record_type: str) -> list[str]:
        name = name.lower().rstrip(".")
        self.asked.append((name, record_type))
        if name in self.silent:
            raise Unavailable(f"the DNS does not answer about {name}")
        if not any(known == name for known, _ in self.records):
            raise NotFound(f"there is no name {name} in the DNS")
        return self.records.get((name, record_type), [])
