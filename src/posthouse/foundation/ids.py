"""Ids: opaque, global, 128 bits, ordered by the time they were made.

The first 48 bits are milliseconds since 1970, the rest is entropy, so that rows made one after the other lie side by side in an
index while nobody can guess a neighbour. People see 26 characters of base32hex in lower case, which sort as the octets do.
"""

from base64 import b32hexdecode
from binascii import Error as _Base32Error
from typing import Final, NewType

Id = bytes
AccountId = NewType("AccountId", bytes)
MailboxId = NewType("MailboxId", bytes)
EmailId = NewType("EmailId", bytes)
ThreadId = NewType("ThreadId", bytes)
TraceId = NewType("TraceId", bytes)
DeliveryId = NewType("DeliveryId", bytes)
QueueId = NewType("QueueId", bytes)
CredentialId = NewType("CredentialId", bytes)
DomainId = NewType("DomainId", bytes)
SessionId = NewType("SessionId", bytes)

ID_OCTETS: Final = 16
ENTROPY_OCTETS: Final = 10
TEXT_CHARACTERS: Final = 26
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
_PAIRS: Final = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS: Final = range(120, -1, -10)


def make_id(milliseconds: int, entropy: bytes) -> bytes:
    """Make an id from the time in milliseconds since 1970 and ten octets of entropy."""
    return milliseconds.to_bytes(6, "big") + entropy


def to_text(id_: bytes) -> str:
    """Write an id as the 26 characters people and logs see. Raises: ValueError when it has not 16 octets."""
    if len(id_) != ID_OCTETS:
        raise ValueError(f"an id has {ID_OCTETS} octets, this has {len(id_)}")
    number = int.from_bytes(id_, "big") << 2  # 130 bits: 26 digits, two at a time
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def from_text(text: str) -> bytes:
    """Read the 26 characters of an id, in either case.

    Raises: ValueError when they are not an id.
    """
    if len(text) != TEXT_CHARACTERS:
        raise ValueError(f"an id has {TEXT_CHARACTERS} characters, this has {len(text)}")
    try:
        id_ = b32hexdecode(text.upper() + "======")
    except (_Base32Error, ValueError) as error:
        raise ValueError(f"not an id: {text!r}") from error
    if to_text(id_) != text.lower():  # the last character has two bits too many: one id, one way to write it
        raise ValueError(f"not an id: {text!r}")
    return id_
