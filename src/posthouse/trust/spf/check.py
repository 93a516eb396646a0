"""check_host() of RFC 7208 §4, as a check that yields its DNS questions.

Bounds (§4.6.4): ten terms that ask the DNS, two lookups that find nothing, ten hosts of an MX, ten names of a PTR.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

from posthouse.formats.address.domain import InvalidDomain, a_label
from posthouse.trust.questions import Answer, Check, Question, ask, host
from posthouse.trust.spf.macros import InvalidMacro, MacroString, as_name, expand, letters, macro_string
from posthouse.trust.spf.record import InvalidRecord, Mechanism, Record, is_record, record
from posthouse.trust.spf.verdict import Client, Identity, IPAddress, Result, Verdict

TERMS: Final = 10
VOID_LOOKUPS: Final = 2
HOSTS: Final = 10
EXPLANATION_CHARACTERS: Final = 500
"""Longest explanation, before and after its macros are expanded."""


def check_mail_from(client: Client, local_part: str, domain: str) -> Check[Verdict]:
    """Check the domain of the reverse-path; with an empty reverse-path (no domain) that of HELO as postmaster's (§2.4)."""
    if not domain:
        return check_helo(client)
    return _check(client, local_part or "postmaster", domain, Identity.MAIL_FROM)


def check_helo(client: Client) -> Check[Verdict]:
    """Check the name given with HELO or EHLO (§2.3)."""
    return _check(client, "postmaster", client.helo, Identity.HELO)


def _check(client: Client, local_part: str, domain: str, identity: Identity) -> Check[Verdict]:
    name = _a_labels(domain)
    if not _is_domain_name(name):
        return Verdict(result=Result.NONE, identity=identity, domain=name, reason="not a domain name")
    evaluation = _Evaluation(client, local_part, name)
    try:
        result, mechanism, explanation = yield from evaluation.check_host(name)
    except _Ended as end:
        return Verdict(result=end.result, identity=identity, domain=name, mechanism=evaluation.term, reason=end.reason)
    reason = f"{mechanism} matched" if mechanism else "nothing matched"
    return Verdict(result=result, identity=identity, domain=name, mechanism=mechanism, reason=reason, explanation=explanation)


class _Ended(Exception):
    """The evaluation ends with a result that is no match."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason


class _Evaluation:
    """One check: its counters, and what the macros stand for."""

    def __init__(self, client: Client, local_part: str, domain: str) -> None:
        mapped = client.address.ipv4_mapped if isinstance(client.address, ipaddress.IPv6Address) else None
        self._address: IPAddress = mapped or client.address
        self._kind = "A" if self._address.version == 4 else "AAAA"
        self._terms = 0
        self._voids = 0
        self._names: list[str] | None = None
        self._nameless = False
        self.term = ""
        self._values = {
            "s": f"{local_part}@{domain}",
            "l": local_part,
            "o": domain,
            "i": str(self._address) if self._kind == "A" else ".".join(self._address.exploded.replace(":", "").upper()),
            "h": _a_labels(client.helo),
            "c": str(self._address),
            "r": client.receiver,
            "t": str(client.now),
            "v": "in-addr" if self._kind == "A" else "ip6",
        }

    def check_host(self, domain: str, *, explained: bool = True) -> Check[tuple[Result, str, str]]:
        """Result, the term that matched, explanation. Raises: _Ended."""
        policy = yield from self._policy(domain)
        for mechanism in policy.mechanisms:
            self.term = mechanism.text
            matched = yield from self._matches(mechanism, domain)
            if matched:
                explanation = ""
                if mechanism.result is Result.FAIL and explained and policy.explanation is not None:
                    explanation = yield from self._explanation(policy.explanation, domain)
                return mechanism.result, mechanism.text, explanation
        self.term = ""
        if policy.redirect is None:
            return Result.NEUTRAL, "", ""
        self._count_term()
        target = yield from self._target(policy.redirect, domain)
        try:
            return (yield from self.check_host(target, explained=explained))
        except _Ended as end:
            if end.result is Result.NONE:
                raise _Ended(Result.PERMERROR, f"redirected to {target}, which has no policy") from None
            raise

    def _policy(self, domain: str) -> Check[Record]:
        if not _is_domain_name(domain):
            raise _Ended(Result.NONE, f"{domain} is not a domain name")
        answer = yield from ask(domain, "TXT")
        if not answer.available:
            raise _Ended(Result.TEMPERROR, f"the DNS does not answer about {domain}")
        found = [text for text in answer.records if is_record(text)]
        if not found:
            raise _Ended(Result.NONE, f"{domain} has no policy")
        if len(found) > 1:
            raise _Ended(Result.PERMERROR, f"{domain} has several policies")
        try:
            return record(found[0])
        except InvalidRecord as error:
            raise _Ended(Result.PERMERROR, f"policy of {domain}: {error}") from None

    def _matches(self, mechanism: Mechanism, domain: str) -> Check[bool]:
        if mechanism.name == "all":
            return True
        if mechanism.network is not None:
            return mechanism.network.version == self._address.version and self._address in mechanism.network
        self._count_term()
        target = domain
        if mechanism.domain is not None:
            target = yield from self._target(mechanism.domain, domain)
        if not target.isascii():
            return False  # a local part in UTF-8 is no name (RFC 8616 §4)
        if mechanism.name == "include":
            return (yield from self._include(target))
        if mechanism.name == "ptr":
            names = yield from self._validated_names()
            return any(name == target.lower() or name.endswith("." + target.lower()) for name in names)
        if mechanism.name == "exists":
            answer = yield from ask(target, "A")
            return bool(self._records(answer, target))
        hosts = [target]
        if mechanism.name == "mx":
            hosts = yield from self._exchangers(target)
        return (yield from self._any_address(hosts, mechanism))

    def _include(self, domain: str) -> Check[bool]:
        term = self.term
        try:
            result, _, _ = yield from self.check_host(domain, explained=False)
        except _Ended as end:
            if end.result is Result.NONE:
                raise _Ended(Result.PERMERROR, f"{term}: {end.reason}") from None
            raise
        self.term = term
        return result is Result.PASS

    def _exchangers(self, domain: str) -> Check[list[str]]:
        answer = yield from ask(domain, "MX")
        hosts = [host(text.rpartition(" ")[2]) for text in self._records(answer, domain)]
        if len(hosts) > HOSTS:
            raise _Ended(Result.PERMERROR, f"{domain} has more than {HOSTS} mail exchangers")
        return [name for name in hosts if name]

    def _any_address(self, hosts: list[str], mechanism: Mechanism) -> Check[bool]:
        if not hosts:
            return False
        answers = yield tuple(Question(name, self._kind) for name in hosts)
        prefix = mechanism.prefix4 if self._kind == "A" else mechanism.prefix6
        shift = self._address.max_prefixlen - prefix
        wanted = int(self._address) >> shift
        for name, answer in zip(hosts, answers, strict=True):
            if any(int(found) >> shift == wanted for found in self._addresses(self._records(answer, name))):
                return True
        return False

    def _validated_names(self) -> Check[list[str]]:
        """Names of the client's address that have it among theirs (§5.5); trouble with the DNS means none."""
        if self._names is None:
            pointer = yield from ask(self._address.reverse_pointer, "PTR")
            self._nameless = pointer.available and not pointer.records
            names = [host(text) for text in pointer.records[:HOSTS]]
            answers = (yield tuple(Question(name, self._kind) for name in names)) if names else ()
            self._names = [
                name
                for name, answer in zip(names, answers, strict=True)
                if any(found == self._address for found in self._addresses(answer.records))
            ]
        if self._nameless:
            self._count_void(self._address.reverse_pointer)
        return self._names

    def _target(self, domain: MacroString, current: str) -> Check[str]:
        expanded = yield from self._expanded(domain, current)
        return as_name(expanded)

    def _expanded(self, text: MacroString, current: str) -> Check[str]:
        values = {**self._values, "d": current}
        if "p" in letters(text):
            names = yield from self._validated_names()
            values["p"] = _preferred(names, current)
        return expand(text, values)

    def _explanation(self, domain: MacroString, current: str) -> Check[str]:
        """The domain's words, or nothing whatever goes wrong (§6.2)."""
        try:
            name = yield from self._target(domain, current)
            answer = yield from ask(name, "TXT")
            if len(answer.records) != 1 or len(answer.records[0]) > EXPLANATION_CHARACTERS or not answer.records[0].isascii():
                return ""
            expanded = yield from self._expanded(macro_string(answer.records[0], explanation=True), current)
        except (InvalidMacro, _Ended):
            return ""
        return expanded[:EXPLANATION_CHARACTERS] if expanded.isascii() and expanded.isprintable() else ""

    def _count_term(self) -> None:
        self._terms += 1
        if self._terms > TERMS:
            raise _Ended(Result.PERMERROR, f"more than {TERMS} terms ask the DNS")

    def _count_void(self, name: str) -> None:
        self._voids += 1
        if self._voids > VOID_LOOKUPS:
            raise _Ended(Result.PERMERROR, f"more than {VOID_LOOKUPS} lookups found nothing, the last of {name}")

    def _records(self, answer: Answer, name: str) -> tuple[str, ...]:
        if not answer.available:
            raise _Ended(Result.TEMPERROR, f"the DNS does not answer about {name}")
        if not answer.records:
            self._count_void(name)
        return answer.records

    def _addresses(self, records: tuple[str, ...]) -> Iterator[IPAddress]:
        for text in records:
            try:
                found = ipaddress.ip_address(text)
            except ValueError:
                continue
            if found.version == self._address.version:
                yield found


def _a_labels(domain: str) -> str:
    try:
        return a_label(domain.removesuffix("."))
    except InvalidDomain:
        return domain.removesuffix(".").lower()


def _is_domain_name(name: str) -> bool:
    labels = name.split(".")
    fits = len(name) <= 253 and len(labels) > 1 and all(0 < len(label) <= 63 for label in labels)
    return fits and name.isascii() and not name.startswith("[")


def _preferred(names: list[str], current: str) -> str:
    """The name for macro ``p``: the domain itself, else one below it, else any (§7.3)."""
    below = (name for name in names if name.endswith("." + current))
    return current if current in names else next(below, names[0] if names else "unknown")
