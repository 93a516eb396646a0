"""Reading responses (RFC 4511 §4.1.9, §4.2.2, §4.5.2, §4.12). What a server says beyond what is asked for here is passed over."""

from posthouse.formats.ber.elements import ENUMERATED, OCTET_STRING, SEQUENCE, SET, InvalidElement, Reader
from posthouse.protocols.ldap.messages import (
    PAGED_RESULTS,
    Answer,
    BindResponse,
    Entry,
    ExtendedResponse,
    Reference,
    Response,
    Result,
    SearchDone,
)

_CONTROLS = 0xA0
_REFERRAL = 0xA3
_RESPONSE_NAME = 0x8A


def parse_answer(octets: bytes) -> Answer:
    """Read one message. Raises: InvalidElement, also for a message that is no response known here."""
    message = Reader(octets).nested(SEQUENCE)
    number = message.integer()
    kind, content = message.any()
    controls = message.nested(_CONTROLS) if message.next_kind == _CONTROLS else Reader(b"")
    return Answer(number, _response(kind, Reader(content), controls))


def _response(kind: int, content: Reader, controls: Reader) -> Response:
    match kind:
        case 0x61:
            return BindResponse(_result(content))
        case 0x64:
            return _entry(content)
        case 0x73:
            return Reference(_texts(content))
        case 0x65:
            return SearchDone(_result(content), _cookie(controls))
        case 0x78:
            result = _result(content)
            return ExtendedResponse(result, _text(content.content(_RESPONSE_NAME)) if content.next_kind == _RESPONSE_NAME else "")
    raise InvalidElement(f"a response of kind {kind:#04x}, which nobody has asked for")


def _result(content: Reader) -> Result:
    code = content.integer(ENUMERATED)
    matched, text = _text(content.content(OCTET_STRING)), _text(content.content(OCTET_STRING))
    referrals = _texts(content.nested(_REFERRAL)) if content.next_kind == _REFERRAL else ()
    return Result(code, matched, text, referrals)


def _entry(content: Reader) -> Entry:
    name, attributes = _text(content.content(OCTET_STRING)), content.nested(SEQUENCE)
    found = []
    while not attributes.is_at_end:
        attribute = attributes.nested(SEQUENCE)
        kind, values = _text(attribute.content(OCTET_STRING)), attribute.nested(SET)
        listed = []
        while not values.is_at_end:
            listed.append(values.content(OCTET_STRING))
        found.append((kind, tuple(listed)))
    return Entry(name, tuple(found))


def _cookie(controls: Reader) -> bytes:
    """What the next page is asked for with (RFC 2696 §2)."""
    while not controls.is_at_end:
        control = controls.nested(SEQUENCE)
        name = _text(control.content(OCTET_STRING))
        if not control.is_at_end and control.next_kind != OCTET_STRING:
            control.boolean()
        if name == PAGED_RESULTS and not control.is_at_end:
            value = Reader(control.content(OCTET_STRING)).nested(SEQUENCE)
            value.integer()
            return value.content(OCTET_STRING)
    return b""


def _texts(content: Reader) -> tuple[str, ...]:
    found = []
    while not content.is_at_end:
        found.append(_text(content.content(OCTET_STRING)))
    return tuple(found)


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise InvalidElement("a text that is not in UTF-8") from None
