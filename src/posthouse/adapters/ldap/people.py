"""People and passwords out of LDAP (port ``OutsidePeople``): found by a search, proved by a bind (RFC 4513 §5.1)."""

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from typing import Final

from posthouse.adapters.ldap.link import LdapLink, LinkLost
from posthouse.adapters.ldap.pool import Pool
from posthouse.foundation.errors import Unavailable
from posthouse.ports.clock import Clock
from posthouse.ports.resolver import Resolver
from posthouse.ports.signing_in.outside_people import OutsidePerson, PeopleFields, PeopleSource
from posthouse.protocols.ldap.filters import Filter, InvalidFilter, escaped, parse_filter
from posthouse.protocols.ldap.messages import Entry, Result, ResultCode, SearchDone, SearchRequest

SOURCES: Final = 1_000
PAGE: Final = 500
PEOPLE: Final = 1_000_000
"""More are not taken from one source."""
SECONDS: Final = 3
"""What a server is told to spend on a search for one entry."""
NO_ATTRIBUTES: Final = "1.1"
"""Asks for the name alone (RFC 4511 §4.5.1.8)."""
_NOT_THE_PASSWORD: Final = frozenset(
    {
        ResultCode.INVALID_CREDENTIALS,
        ResultCode.INAPPROPRIATE_AUTHENTICATION,
        ResultCode.CONSTRAINT_VIOLATION,
        ResultCode.UNWILLING_TO_PERFORM,
        ResultCode.INVALID_DN_SYNTAX,
        ResultCode.NO_SUCH_OBJECT,
    }
)
"""Results of a bind that say no: a wrong password, none, or somebody who is locked. Any other failure says nothing about it."""
_log = logging.getLogger(__name__)


class LdapPeople:
    """One per process; each source has its own connections."""

    def __init__(self, resolver: Resolver, clock: Clock) -> None:
        self._resolver = resolver
        self._clock = clock
        self._pools: OrderedDict[PeopleSource, Pool] = OrderedDict()

    async def verify(self, source: PeopleSource, address: str, password: str) -> bool:
        """Whether this is the password of whoever has the address.

        An empty one is never tried: a server takes that for somebody who does not want to be known (RFC 4513 §5.1.2).
        """
        if not password or "\0" in password:
            return False

        async def prove(link: LdapLink) -> bool:
            names = await _names(link, source, address)
            if len(names) > 1:
                _log.warning("LDAP: %s is more than one: %s", ascii(address), ", ".join(map(ascii, names)))
            if len(names) != 1 or not names[0]:
                return False
            result = await link.bind(names[0], password)
            if result.code != ResultCode.SUCCESS and result.code not in _NOT_THE_PASSWORD:
                raise Unavailable(f"LDAP does not say whether a password is right: {_words(result)}")
            return result.code == ResultCode.SUCCESS

        return await self._pool(source).do(prove)

    async def find(self, source: PeopleSource, address: str) -> list[str]:
        """What they call the entries of an address."""
        return await self._pool(source).do(lambda link: _names(link, source, address))

    async def everybody(self, source: PeopleSource, domain: str, fields: PeopleFields) -> AsyncIterator[OutsidePerson]:
        """Everybody who is wanted, in pages (RFC 2696)."""
        wanted = _filter(fields.filter, {"d": domain})
        attributes = tuple(name for name in (fields.address, fields.display_name, fields.aliases) if name)
        request = SearchRequest(source.base, wanted, attributes, page=PAGE)
        count = 0
        try:
            async with self._pool(source).new() as link:
                await _bind(link, source)
                while True:
                    async for found in link.search(request):
                        if isinstance(found, SearchDone):
                            _require(found.result, "the search")
                            request = request._replace(cookie=found.cookie)
                        elif (count := count + 1) > PEOPLE:
                            raise Unavailable(f"LDAP knows more than {PEOPLE} people: narrow the filter")
                        else:
                            yield _person(found, fields)
                    if not request.cookie:
                        return
        except LinkLost as error:
            raise Unavailable(f"LDAP does not answer ({error})") from error

    def close(self) -> None:
        """End all connections nobody uses."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, source: PeopleSource) -> Pool:
        pool = self._pools.pop(source, None) or Pool(source, self._resolver, self._clock)
        self._pools[source] = pool
        if len(self._pools) > SOURCES:
            self._pools.popitem(last=False)[1].close()
        return pool


async def _bind(link: LdapLink, source: PeopleSource) -> None:
    """Become who looks for people. Raises: LinkLost, Unavailable."""
    wanted = (source.bind_name, source.bind_password)
    if link.bound_as == wanted or (link.bound_as is None and not source.bind_name):
        return
    if source.bind_name and not source.bind_password:
        raise Unavailable("ldap.bind_name is set, ldap.bind_password is not: a name without a password is nobody (RFC 4513)")
    _require(await link.bind(*wanted), "whom it is searched as (ldap.bind_name, ldap.bind_password)")


async def _names(link: LdapLink, source: PeopleSource, address: str) -> list[str]:
    """The entries of an address; two where there are more than one. Raises: LinkLost, Unavailable."""
    local, _, domain = address.rpartition("@")
    wanted = _filter(source.filter, {"u": address, "n": local, "d": domain})
    await _bind(link, source)
    names = []
    async for found in link.search(SearchRequest(source.base, wanted, (NO_ATTRIBUTES,), size_limit=2, seconds=SECONDS)):
        if isinstance(found, Entry):
            names.append(found.name)
        elif found.result.code != ResultCode.SIZE_LIMIT_EXCEEDED:
            _require(found.result, "the search")
    return names


def _filter(template: str, values: Mapping[str, str]) -> Filter:
    """A filter with what stands for its signs; whatever that is, the filter keeps its form. Raises: Unavailable."""
    pieces = template.split("%")
    text = pieces[0]
    rest = iter(pieces[1:])
    for piece in rest:
        if piece == "":  # %% is a percent sign
            text += "%" + next(rest, "")
        elif piece[0] in values:
            text += escaped(values[piece[0]]) + piece[1:]
        else:
            raise Unavailable(f"the LDAP filter {template!r} has a sign that stands for nothing: %{piece[0]}")
    try:
        return parse_filter(text)
    except InvalidFilter as error:
        raise Unavailable(f"the LDAP filter {template!r} is wrong: {error}") from error


def _person(entry: Entry, fields: PeopleFields) -> OutsidePerson:
    names = _texts(entry, fields.display_name)
    return OutsidePerson(
        entry.name,
        _texts(entry, fields.address),
        names[0] if names else "",
        _texts(entry, fields.aliases) if fields.aliases else (),
    )


def _texts(entry: Entry, attribute: str) -> tuple[str, ...]:
    """Values as text; Active Directory writes ``smtp:`` before other addresses."""
    found = [value.decode("utf-8", "replace").strip() for value in entry.values(attribute)]
    return tuple(value[5:] if value[:5].lower() == "smtp:" else value for value in found if value)


def _require(result: Result, what: str) -> None:
    """Raises: Unavailable."""
    if result.code != ResultCode.SUCCESS:
        raise Unavailable(f"LDAP refuses {what}: {_words(result)}")


def _words(result: Result) -> str:
    """What a server says, for operators."""
    if result.code == ResultCode.REFERRAL:
        return f"it refers to {', '.join(result.referrals) or 'another server'}; set that one"
    return f"code {result.code}" + (f" ({result.text[:200]!a})" if result.text else "")
