"""The DNS tree walk (RFC 9989 §4.10): policy records from a domain upwards, and the organizational domain they mean.

It takes the place of RFC 7489's list of public suffixes: nobody has to fetch a list and keep it fresh, and domains say themselves
where their organization begins. A domain with no record on the way up is an organization of its own.
"""

from typing import Final

import msgspec

from posthouse.trust.dmarc.record import Kind, Record, is_record, record
from posthouse.trust.questions import Check, ask

LABELS: Final = 8
"""A walk asks about at most so many names: the domain itself, and those of at most seven labels above it."""


class Walk(msgspec.Struct, frozen=True):
    """What a walk found: records by domain, from the bottom up."""

    domain: str
    records: tuple[tuple[str, Record], ...] = ()
    unanswered: bool = False
    """The DNS did not answer about one of the names: what is above is not known."""

    @property
    def own(self) -> Record | None:
        """The record of the domain itself."""
        return next((found for name, found in self.records if name == self.domain), None)

    @property
    def organizational_domain(self) -> str:
        """The domain people would say it belongs to (§4.10.2)."""
        for name, found in self.records:
            if found.kind is Kind.ORGANIZATION:
                return name
            if found.kind is Kind.PUBLIC_SUFFIX and name != self.domain:
                below = len(name.split(".")) + 1
                return ".".join(self.domain.split(".")[-below:])
        return self.records[-1][0] if self.records else self.domain

    def policy(self) -> tuple[str, Record] | None:
        """The record that counts and whose it is: the domain's own, its organization's, its public suffix's (§4.10.1)."""
        wanted = (self.domain, self.organizational_domain)
        for domain in wanted:
            for name, found in self.records:
                if name == domain:
                    return name, found
        return next(((name, found) for name, found in self.records if found.kind is Kind.PUBLIC_SUFFIX), None)


def walk(domain: str) -> Check[Walk]:
    """Walk from a domain (A-labels in lower case) upwards, until a record says where the organization is, or the top."""
    records: list[tuple[str, Record]] = []
    for name in steps(domain):
        answer = yield from ask(f"_dmarc.{name}", "TXT")
        if not answer.available:
            return Walk(domain, tuple(records), unanswered=True)
        texts = [text for text in answer.records if is_record(text)]
        if len(texts) == 1:
            found = record(texts[0])
            records.append((name, found))
            if found.kind is not Kind.UNKNOWN:
                break
    return Walk(domain, tuple(records))


def steps(domain: str) -> list[str]:
    """The names a walk asks about, in their order."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= LABELS else labels[-(LABELS - 1) :]
    return [domain, *(".".join(above[at:]) for at in range(len(above)))]
