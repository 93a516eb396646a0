"""A resolver over a dictionary (port ``Resolver``)."""

from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import Answer, MailExchanger


class FakeResolver:
    """Records by name and type; ``silent`` names get no answer."""

    def __init__(self, records: dict[tuple[str, str], tuple[str, ...]] | None = None, silent: frozenset[str] = frozenset()) -> None:
        self.records = records or {}
        self.silent = silent

    async def query(self, name: str, record_type: str) -> Answer:
        if name in self.silent:
            raise Unavailable(name)
        if not any(known == name for known, _ in self.records):
            raise NotFound(name)
        return Answer(self.records.get((name, record_type), ()))

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        found = (text.split() for text in (await self.query(domain, "MX")).records)
        return [MailExchanger(int(preference), host) for preference, host in found]

    async def addresses(self, host: str) -> list[str]:
        return [*(await self.query(host, "A")).records]
