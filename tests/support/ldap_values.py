"""Values of LDAP for properties, and the reading of what only servers read."""

from typing import Final

from hypothesis import strategies as st

from posthouse.formats.ber import elements
from posthouse.formats.ber.elements import Reader
from posthouse.protocols.ldap.filters import Comparison, Extensible, Filter, Junction, Negation, Present, Substrings
from posthouse.protocols.ldap.messages import (
    PAGED_RESULTS,
    START_TLS,
    BindRequest,
    BindResponse,
    Entry,
    ExtendedRequest,
    ExtendedResponse,
    Reference,
    Request,
    Response,
    Result,
    Scope,
    SearchDone,
    SearchRequest,
    UnbindRequest,
)

ATTRIBUTES: Final = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}(;[A-Za-z0-9-]{1,4})?", fullmatch=True)
OCTETS: Final = st.binary(max_size=12)
SOME: Final = st.binary(min_size=1, max_size=6)
_ITEMS: Final = st.one_of(
    st.builds(Comparison, ATTRIBUTES, st.sampled_from(["=", ">=", "<=", "~="]), OCTETS),
    st.builds(Present, ATTRIBUTES),
    st.builds(Substrings, ATTRIBUTES, OCTETS, st.lists(SOME, max_size=3).map(tuple), OCTETS).filter(
        lambda found: bool(found.initial or found.between or found.final)
    ),
    st.builds(Extensible, ATTRIBUTES, st.sampled_from(["", "caseExactMatch", "1.2.3"]), OCTETS, st.booleans()),
    st.builds(Extensible, st.just(""), st.sampled_from(["caseExactMatch", "1.2.3"]), OCTETS, st.booleans()),
)
FILTERS: Final[st.SearchStrategy[Filter]] = st.recursive(
    _ITEMS,
    lambda inner: st.builds(Negation, inner) | st.builds(Junction, st.sampled_from("&|"), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)


def read_filter(reader: Reader) -> Filter:
    """Read a filter from the wire, as a server does."""
    kind, content = reader.any()
    inner = Reader(content)
    match kind:
        case 0xA0 | 0xA1:
            parts = []
            while not inner.is_at_end:
                parts.append(read_filter(inner))
            return Junction("&" if kind == 0xA0 else "|", tuple(parts))
        case 0xA2:
            return Negation(read_filter(inner))
        case 0xA3 | 0xA5 | 0xA6 | 0xA8:
            attribute, value = inner.content(elements.OCTET_STRING).decode(), inner.content(elements.OCTET_STRING)
            return Comparison(attribute, {0xA3: "=", 0xA5: ">=", 0xA6: "<=", 0xA8: "~="}[kind], value)
        case 0x87:
            return Present(content.decode())
        case 0xA4:
            return _substrings(inner)
        case 0xA9:
            return _extensible(inner)
    raise AssertionError(kind)


def _substrings(inner: Reader) -> Substrings:
    attribute, parts = inner.content(elements.OCTET_STRING).decode(), inner.nested(elements.SEQUENCE)
    initial = parts.content(0x80) if parts.next_kind == 0x80 else b""
    between = []
    while parts.next_kind == 0x81:
        between.append(parts.content(0x81))
    final = parts.content(0x82) if parts.next_kind == 0x82 else b""
    assert parts.is_at_end
    return Substrings(attribute, initial, tuple(between), final)


def _extensible(inner: Reader) -> Extensible:
    rule = inner.content(0x81).decode() if inner.next_kind == 0x81 else ""
    attribute = inner.content(0x82).decode() if inner.next_kind == 0x82 else ""
    value = inner.content(0x83)
    with_dn = inner.next_kind == 0x84 and inner.content(0x84) != b"\0"
    return Extensible(attribute, rule, value, with_dn)


NAMES: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS: Final = st.integers(0, 2**31 - 1)
REQUESTS: Final[st.SearchStrategy[Request]] = st.one_of(
    st.builds(BindRequest, NAMES, NAMES),
    st.just(UnbindRequest()),
    st.builds(ExtendedRequest, st.just(START_TLS)),
    st.builds(
        SearchRequest,
        NAMES,
        FILTERS,
        st.lists(ATTRIBUTES, max_size=3).map(tuple),
        st.sampled_from(Scope),
        NUMBERS,
        NUMBERS,
        st.integers(1, 1_000),
        OCTETS,
    ),
    st.builds(lambda base, wanted: SearchRequest(base, wanted, ("mail",)), NAMES, FILTERS),
)
_RESULTS: Final = st.builds(
    Result, st.integers(0, 255), NAMES, NAMES, st.lists(NAMES, min_size=1, max_size=2).map(tuple) | st.just(())
)
RESPONSES: Final[st.SearchStrategy[Response]] = st.one_of(
    st.builds(BindResponse, _RESULTS),
    st.builds(Entry, NAMES, st.lists(st.tuples(ATTRIBUTES, st.lists(OCTETS, max_size=3).map(tuple)), max_size=3).map(tuple)),
    st.builds(Reference, st.lists(NAMES, max_size=3).map(tuple)),
    st.builds(SearchDone, _RESULTS, OCTETS),
    st.builds(ExtendedResponse, _RESULTS, NAMES),
)


def read_request(octets: bytes) -> tuple[int, Request]:
    """Read a request, as a server does."""
    message = Reader(octets).nested(elements.SEQUENCE)
    number = message.integer()
    kind, content = message.any()
    inner = Reader(content)
    match kind:
        case 0x60:
            assert inner.integer() == 3
            return number, BindRequest(inner.content(elements.OCTET_STRING).decode(), inner.content(0x80).decode())
        case 0x42:
            return number, UnbindRequest()
        case 0x77:
            return number, ExtendedRequest(inner.content(0x80).decode())
        case 0x63:
            return number, _search(inner, message)
    raise AssertionError(kind)


def _search(inner: Reader, message: Reader) -> SearchRequest:
    base, scope = inner.content(elements.OCTET_STRING).decode(), Scope(inner.integer(elements.ENUMERATED))
    assert inner.integer(elements.ENUMERATED) == 0
    size_limit, seconds = inner.integer(), inner.integer()
    assert not inner.boolean()
    wanted, listed, attributes = read_filter(inner), inner.nested(elements.SEQUENCE), []
    while not listed.is_at_end:
        attributes.append(listed.content(elements.OCTET_STRING).decode())
    page, cookie = 0, b""
    if message.next_kind == 0xA0:
        control = message.nested(0xA0).nested(elements.SEQUENCE)
        assert (control.content(elements.OCTET_STRING).decode(), control.boolean()) == (PAGED_RESULTS, True)
        value = Reader(control.content(elements.OCTET_STRING)).nested(elements.SEQUENCE)
        page, cookie = value.integer(), value.content(elements.OCTET_STRING)
    return SearchRequest(base, wanted, tuple(attributes), scope, size_limit, seconds, page, cookie)


def written_answer(number: int, response: Response) -> bytes:
    """Write a response, as a server does."""
    controls = b""
    match response:
        case BindResponse():
            operation = elements.element(0x61, _result(response.result))
        case Entry():
            attributes = [
                _sequence(_octets(name), elements.element(elements.SET, *map(elements.octet_string, values)))
                for name, values in response.attributes
            ]
            operation = elements.element(0x64, _octets(response.name), _sequence(*attributes))
        case Reference():
            operation = elements.element(0x73, *map(_octets, response.urls))
        case ExtendedResponse():
            operation = elements.element(0x78, _result(response.result), elements.octet_string(response.name.encode(), 0x8A))
        case SearchDone():
            operation = elements.element(0x65, _result(response.result))
            value = _sequence(elements.integer(0), elements.octet_string(response.cookie))
            paged = _sequence(_octets(PAGED_RESULTS), elements.boolean(False), elements.octet_string(value))
            controls = elements.element(0xA0, _sequence(_octets("1.2.3")), paged)
    return _sequence(elements.integer(number), operation, controls)


def _result(result: Result) -> bytes:
    referrals = elements.element(0xA3, *map(_octets, result.referrals)) if result.referrals else b""
    return elements.integer(result.code, elements.ENUMERATED) + _octets(result.matched) + _octets(result.text) + referrals


def _octets(text: str) -> bytes:
    return elements.octet_string(text.encode())


def _sequence(*parts: bytes) -> bytes:
    return elements.element(elements.SEQUENCE, *parts)
