"""Response codes: what a program may understand of a status response.

RFC 9051 §7.1, RFC 5530, 4315, 4467, 4469, 5464, 5466, 7162, 8474, 9585, 9586.
"""

import re
from collections.abc import Sequence
from typing import Final

from posthouse.protocols.imap.grammar.strings import string_octets
from posthouse.protocols.imap.responses.sequence_set import compact

ALERT: Final = b"ALERT"
ALREADYEXISTS: Final = b"ALREADYEXISTS"
AUTHENTICATIONFAILED: Final = b"AUTHENTICATIONFAILED"
AUTHORIZATIONFAILED: Final = b"AUTHORIZATIONFAILED"
CANNOT: Final = b"CANNOT"
CLIENTBUG: Final = b"CLIENTBUG"
CLOSED: Final = b"CLOSED"
COMPRESSIONACTIVE: Final = b"COMPRESSIONACTIVE"
CONTACTADMIN: Final = b"CONTACTADMIN"
CORRUPTION: Final = b"CORRUPTION"
EXPIRED: Final = b"EXPIRED"
EXPUNGEISSUED: Final = b"EXPUNGEISSUED"
HASCHILDREN: Final = b"HASCHILDREN"
INUSE: Final = b"INUSE"
LIMIT: Final = b"LIMIT"
NONEXISTENT: Final = b"NONEXISTENT"
NOMODSEQ: Final = b"NOMODSEQ"
NOPERM: Final = b"NOPERM"
NOTIFICATIONOVERFLOW: Final = b"NOTIFICATIONOVERFLOW"
NOTSAVED: Final = b"NOTSAVED"
OVERQUOTA: Final = b"OVERQUOTA"
PRIVACYREQUIRED: Final = b"PRIVACYREQUIRED"
METADATA_TOOMANY: Final = b"METADATA TOOMANY"
READ_ONLY: Final = b"READ-ONLY"
READ_WRITE: Final = b"READ-WRITE"
SERVERBUG: Final = b"SERVERBUG"
TOOBIG: Final = b"TOOBIG"
TOOFEW: Final = b"TOOFEW"
TRYCREATE: Final = b"TRYCREATE"
UIDNOTSTICKY: Final = b"UIDNOTSTICKY"
UIDREQUIRED: Final = b"UIDREQUIRED"
UNAVAILABLE: Final = b"UNAVAILABLE"
UNKNOWN_CTE: Final = b"UNKNOWN-CTE"
URLMECH_INTERNAL: Final = b"URLMECH INTERNAL"
"""The mechanisms of URLAUTH for this mailbox (RFC 4467 §8)."""
USEATTR: Final = b"USEATTR"

_NOT_IN_CODE: Final = re.compile(rb"[^ -\\^-~]")
"""What may not stand in the text of a code: ``]``, and octets that are not printable."""


def capability(names: Sequence[bytes]) -> bytes:
    """``CAPABILITY IMAP4rev1 …``."""
    return b"CAPABILITY " + b" ".join(names)


def uid_validity(value: int) -> bytes:
    """``UIDVALIDITY n``."""
    return b"UIDVALIDITY %d" % value


def uid_next(value: int) -> bytes:
    """``UIDNEXT n``."""
    return b"UIDNEXT %d" % value


def unseen(number: int) -> bytes:
    """``UNSEEN n``: number of the first message not yet seen (RFC 3501 §7.1)."""
    return b"UNSEEN %d" % number


def permanent_flags(flags: Sequence[bytes]) -> bytes:
    r"""``PERMANENTFLAGS (…)``; ``\*`` says that new keywords can be made."""
    return b"PERMANENTFLAGS (%b)" % b" ".join(flags)


def highest_mod_sequence(value: int) -> bytes:
    """``HIGHESTMODSEQ n``: who knows this knows everything up to it (RFC 7162 §3.1.2.1)."""
    return b"HIGHESTMODSEQ %d" % value


def modified(numbers: Sequence[int]) -> bytes:
    """``MODIFIED set``: ascending numbers or UIDs of the messages that a conditional STORE left alone (RFC 7162 §3.1.3)."""
    return b"MODIFIED " + compact(numbers)


def mailbox_id(text: bytes) -> bytes:
    """``MAILBOXID (id)`` (RFC 8474 §4.1)."""
    return b"MAILBOXID (%b)" % text


def in_progress(tag: bytes, done: int | None = None, goal: int | None = None) -> bytes:
    """``INPROGRESS ("tag" done goal)``; NIL where that is not known (RFC 9585 §4)."""
    numbers = [b"NIL" if number is None else b"%d" % number for number in (done, goal)]
    return b"INPROGRESS (%b %b %b)" % (string_octets(tag), *numbers)


def no_update(tag: bytes) -> bytes:
    """``NOUPDATE "tag"``: the result of that command is not kept up to date (RFC 5267 §4.3.1)."""
    return b"NOUPDATE " + string_octets(tag)


def append_uid(uid_validity: int, uids: Sequence[int]) -> bytes:
    """``APPENDUID validity uid-set``; UIDs ascending."""
    return b"APPENDUID %d %b" % (uid_validity, compact(uids))


def copy_uid(uid_validity: int, source_uids: Sequence[int], uids: Sequence[int]) -> bytes:
    """``COPYUID validity source-set destination-set``; both ascending and of equal length."""
    return b"COPYUID %d %b %b" % (uid_validity, compact(source_uids), compact(uids))


def bad_url(url: bytes) -> bytes:
    """``BADURL url``: what this URL names cannot be had (RFC 4469 §4); what may not stand in a code is percent-encoded."""
    return b"BADURL " + _NOT_IN_CODE.sub(lambda octet: b"%%%02X" % octet[0][0], url[:1_024] or b"%20")


def bad_event(supported: Sequence[str]) -> bytes:
    """``BADEVENT (MessageNew …)``: the events that can be told of (RFC 5465 §3.1)."""
    return b"BADEVENT (%b)" % " ".join(supported).encode("ascii")


def message_limit(limit: int, lowest_uid: int | None = None) -> bytes:
    """``MESSAGELIMIT n uid``: no more than so many messages were dealt with, and none below this UID (RFC 9738 §3.1)."""
    return b"MESSAGELIMIT %d" % limit if lowest_uid is None else b"MESSAGELIMIT %d %d" % (limit, lowest_uid)


def metadata_long_entries(octets: int) -> bytes:
    """``METADATA LONGENTRIES n``: entries were left out, the longest of n octets (RFC 5464 §4.2.1)."""
    return b"METADATA LONGENTRIES %d" % octets


def metadata_max_size(octets: int) -> bytes:
    """``METADATA MAXSIZE n``: the most octets a value may have (RFC 5464 §4.3)."""
    return b"METADATA MAXSIZE %d" % octets


def undefined_filter(name: bytes) -> bytes:
    """``UNDEFINED-FILTER name``: there is no filter of this name (RFC 5466 §3.1)."""
    return b"UNDEFINED-FILTER " + name
