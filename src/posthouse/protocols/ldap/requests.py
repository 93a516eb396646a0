"""Writing requests (RFC 4511 §4.2 to §4.5, §4.12)."""

from typing import Final

from posthouse.formats.ber.elements import ENUMERATED, OCTET_STRING, SEQUENCE, boolean, element, integer, octet_string
from posthouse.protocols.ldap.filters import filter_octets
from posthouse.protocols.ldap.messages import PAGED_RESULTS, BindRequest, ExtendedRequest, Request, SearchRequest, UnbindRequest

VERSION: Final = 3
_NEVER_DEREFERENCE: Final = 0
_CONTROLS: Final = 0xA0


def request_octets(number: int, request: Request) -> bytes:
    """Write a request with its number, which counts from 1."""
    match request:
        case BindRequest():
            name, password = octet_string(request.name.encode()), octet_string(_octets(request.password), 0x80)
            return _message(number, element(0x60, integer(VERSION), name, password))
        case UnbindRequest():
            return _message(number, element(0x42))
        case ExtendedRequest():
            return _message(number, element(0x77, octet_string(request.name.encode(), 0x80)))
        case SearchRequest():
            return _message(number, _search(request), _paged(request) if request.page else b"")


def _message(number: int, operation: bytes, controls: bytes = b"") -> bytes:
    return element(SEQUENCE, integer(number), operation, controls)


def _search(request: SearchRequest) -> bytes:
    return element(
        0x63,
        octet_string(request.base.encode()),
        integer(request.scope, ENUMERATED),
        integer(_NEVER_DEREFERENCE, ENUMERATED),
        integer(request.size_limit),
        integer(request.seconds),
        boolean(False),
        filter_octets(request.filter),
        element(SEQUENCE, *[octet_string(name.encode()) for name in request.attributes]),
    )


def _paged(request: SearchRequest) -> bytes:
    """``realSearchControlValue`` (RFC 2696 §2), without which the search must not be done."""
    value = element(SEQUENCE, integer(request.page), octet_string(request.cookie))
    control = element(SEQUENCE, octet_string(PAGED_RESULTS.encode()), boolean(True), element(OCTET_STRING, value))
    return element(_CONTROLS, control)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
