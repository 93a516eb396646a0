"""Parameters of MAIL and RCPT: ``KEYWORD`` or ``KEYWORD=value``, separated by spaces (RFC 5321 §4.1.2 esmtp-param)."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.grammar.timing import (
    by_value,
    future_release_date_time,
    future_release_interval,
    priority_value,
    write_by_value,
    write_date_time,
)
from posthouse.protocols.smtp.grammar.xtext import unitext, write_unitext, write_xtext, xtext
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.types import (
    NO_MAIL_PARAMETERS,
    NO_RCPT_PARAMETERS,
    Body,
    MailParameters,
    Notify,
    OriginalRecipient,
    RcptParameters,
    Ret,
)

ENVID_CHARACTERS: Final = 100
"""Longest ENVID, encoded (RFC 3461 §5.4)."""
ORCPT_CHARACTERS: Final = 500
"""Longest ORCPT, encoded (RFC 3461 §5.4)."""

_PARAM: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\x80-\U0010ffff]+))?")
_SIZE_VALUE: Final = re.compile(r"[0-9]{1,20}")
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_Value = Callable[[str | None], Any]


def mail_parameters(text: str) -> MailParameters:
    """Parse what follows the path of MAIL.

    Raises: SyntaxViolation (501; 555 for a parameter nobody here knows).
    """
    found = MailParameters(**_values(text, _MAIL)) if text else NO_MAIL_PARAMETERS
    if found.hold_for is not None and found.hold_until is not None:
        raise _refusal("HOLDFOR and HOLDUNTIL exclude each other")
    return found


def rcpt_parameters(text: str) -> RcptParameters:
    """Parse what follows the path of RCPT.

    Raises: SyntaxViolation (501; 555 for a parameter nobody here knows).
    """
    return RcptParameters(**_values(text, _RCPT)) if text else NO_RCPT_PARAMETERS


def write_mail_parameters(parameters: MailParameters) -> str:
    """The parameters with a space before each."""
    return "".join(f" {word}" for word in _mail_words(parameters))


def write_rcpt_parameters(parameters: RcptParameters) -> str:
    """The parameters with a space before each."""
    words = ""
    if parameters.notify is not None:
        words += f" NOTIFY={','.join(str(flag.name) for flag in Notify if flag in parameters.notify)}"
    if parameters.orcpt is not None:
        words += f" ORCPT={write_original_recipient(parameters.orcpt)}"
    return words


def _mail_words(parameters: MailParameters) -> Iterator[str]:
    if parameters.size is not None:
        yield f"SIZE={parameters.size}"
    if parameters.body is not None:
        yield f"BODY={parameters.body}"
    if parameters.smtputf8:
        yield "SMTPUTF8"
    if parameters.auth is not None:
        yield f"AUTH={write_xtext(parameters.auth)}"
    if parameters.ret is not None:
        yield f"RET={parameters.ret}"
    if parameters.envid is not None:
        yield f"ENVID={write_xtext(parameters.envid)}"
    if parameters.require_tls:
        yield "REQUIRETLS"
    yield from _timing_words(parameters)


def _timing_words(parameters: MailParameters) -> Iterator[str]:
    if parameters.hold_for is not None:
        yield f"HOLDFOR={parameters.hold_for}"
    if parameters.hold_until is not None:
        yield f"HOLDUNTIL={write_date_time(parameters.hold_until)}"
    if parameters.deliver_by is not None:
        yield f"BY={write_by_value(parameters.deliver_by)}"
    if parameters.priority is not None:
        yield f"MT-PRIORITY={parameters.priority}"


def _values(text: str, known: dict[str, tuple[str, _Value]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in text.split():
        param = _PARAM.fullmatch(word)
        if param is None:
            raise _refusal("malformed parameter")
        keyword = param[1].upper()
        if keyword not in known:
            raise _refusal(f"parameter {keyword[:40]} is not known here", Code.PARAMETERS_NOT_RECOGNIZED)
        field, value = known[keyword]
        if field in values:
            raise _refusal(f"parameter {keyword} given twice")
        try:
            values[field] = value(param[2])
        except ValueError:
            raise _refusal(f"bad value for {keyword}") from None
    return values


def _refusal(words: str, code: Code = Code.ARGUMENTS_UNRECOGNIZED) -> SyntaxViolation:
    return SyntaxViolation(Reply(code, words, Detail.INVALID_ARGUMENTS))


def _size_value(value: str | None) -> int:
    if value is None or not _SIZE_VALUE.fullmatch(value):
        raise ValueError("SIZE is 1 to 20 digits")
    return int(value)


def _body_value(value: str | None) -> Body:
    return Body((value or "").upper())


def _ret_value(value: str | None) -> Ret:
    return Ret((value or "").upper())


def _present(value: str | None) -> bool:
    if value is not None:
        raise ValueError("takes no value")
    return True


def _envid(value: str | None) -> str:
    if value is None or len(value) > ENVID_CHARACTERS:
        raise ValueError("ENVID is at most 100 characters")
    return xtext(value)


def _auth(value: str | None) -> str:
    if value is None:
        raise ValueError("AUTH wants an address or <>")
    return xtext(value)


def notify_esmtp_value(value: str | None) -> Notify:
    """Parse ``NEVER`` or a list of the others (RFC 3461 §4.1).

    Raises: ValueError.
    """
    notify = Notify(0)
    for word in (value or "").upper().split(","):
        try:
            notify |= Notify[word]
        except KeyError:
            raise ValueError("no such condition") from None
    if Notify.NEVER in notify and notify is not Notify.NEVER:
        raise ValueError("NEVER stands alone")
    return notify


def original_recipient_address(value: str | None) -> OriginalRecipient:
    """Parse ``addr-type ";" xtext`` (RFC 3461 §4.2); the type utf-8 has its own encoding (RFC 6533 §3).

    Raises: ValueError.
    """
    address_type, separator, encoded = (value or "").partition(";")
    if not separator or not encoded or len(value or "") > ORCPT_CHARACTERS or not _ATOM.fullmatch(address_type):
        raise ValueError("ORCPT is type;address")
    address_type = address_type.lower()
    return OriginalRecipient(address_type, unitext(encoded) if address_type == "utf-8" else xtext(encoded))


def write_original_recipient(orcpt: OriginalRecipient) -> str:
    """``type;address``, in ASCII."""
    encode = write_unitext if orcpt.address_type == "utf-8" else write_xtext
    return f"{orcpt.address_type};{encode(orcpt.address)}"


_MAIL: Final[dict[str, tuple[str, _Value]]] = {
    "SIZE": ("size", _size_value),
    "BODY": ("body", _body_value),
    "SMTPUTF8": ("smtputf8", _present),
    "AUTH": ("auth", _auth),
    "RET": ("ret", _ret_value),
    "ENVID": ("envid", _envid),
    "REQUIRETLS": ("require_tls", _present),
    "HOLDFOR": ("hold_for", future_release_interval),
    "HOLDUNTIL": ("hold_until", future_release_date_time),
    "BY": ("deliver_by", by_value),
    "MT-PRIORITY": ("priority", priority_value),
}
_RCPT: Final[dict[str, tuple[str, _Value]]] = {
    "NOTIFY": ("notify", notify_esmtp_value),
    "ORCPT": ("orcpt", original_recipient_address),
}
