"""What the octets of a message give for each signature: digests. All the work that grows with the message, to be done in a thread.

One pass over the body serves all signatures: one canonical form each of simple and relaxed, one digest for each length.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from posthouse.formats.header.fields import fields
from posthouse.trust.dkim.canonical import Canonicalization, body_form, header_field
from posthouse.trust.dkim.signature import Signature, without_value


class BodyDigest(msgspec.Struct, frozen=True):
    """SHA-256 of the signed octets of a canonical body, and how many it has in all."""

    digest: bytes
    octets: int


class HeaderFields:
    """The fields of one header, found by name from the bottom up as signatures name them (RFC 6376 §5.4.2)."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._places: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for field in fields(head):
            self._places[field.name.lower()].append((field.start, field.end))

    def called(self, name: bytes) -> list[bytes]:
        """Whole fields of a lower-case name from the top down."""
        return [self._head[start:end] for start, end in self._places.get(name, ())]

    def selected(self, names: Iterable[bytes]) -> list[bytes]:
        """Whole fields for a list of lower-case names; a name that comes more often than its field gives nothing."""
        left: dict[bytes, int] = {}
        found: list[bytes] = []
        for name in names:
            places = self._places.get(name, ())
            index = left.get(name, len(places)) - 1
            if index >= 0:
                start, end = places[index]
                found.append(self._head[start:end])
                left[name] = index
        return found

    def count(self, name: bytes) -> int:
        """How many fields have this lower-case name."""
        return len(self._places.get(name, ()))


class BodyDigests:
    """Digests of one body for many signatures, fed in chunks of any size (some 100 KB are quick)."""

    def __init__(self, wanted: Iterable[tuple[Canonicalization, int | None]]) -> None:
        lengths: dict[Canonicalization, set[int | None]] = defaultdict(set)
        for algorithm, length in wanted:
            lengths[algorithm].add(length)
        self._forms = {algorithm: (body_form(algorithm), _Counted(limits)) for algorithm, limits in lengths.items()}

    def update(self, chunk: bytes) -> None:
        """Take the next octets of the body."""
        for form, counted in self._forms.values():
            for piece in form.update(chunk):
                counted.take(piece)

    def finish(self) -> dict[tuple[Canonicalization, int | None], BodyDigest]:
        """The digests wanted; the body has ended. To be called once."""
        found: dict[tuple[Canonicalization, int | None], BodyDigest] = {}
        for algorithm, (form, counted) in self._forms.items():
            for piece in form.finish():
                counted.take(piece)
            for length, digest in counted.digests.items():
                found[algorithm, length] = BodyDigest(digest.digest(), counted.octets)
        return found


class _Counted:
    """Digests over the first so many octets of one stream."""

    def __init__(self, lengths: Iterable[int | None]) -> None:
        self.octets = 0
        self.digests = {length: hashlib.sha256() for length in lengths}

    def take(self, piece: bytes) -> None:
        for length, digest in self.digests.items():
            if length is None:
                digest.update(piece)
            elif self.octets < length:
                digest.update(piece[: length - self.octets])
        self.octets += len(piece)


def header_digest(found: HeaderFields, signature: Signature) -> bytes:
    """SHA-256 over the signed fields and the signature field itself (RFC 6376 §3.7)."""
    digest = hashlib.sha256()
    for octets in found.selected(signature.fields):
        digest.update(header_field(octets, signature.header_form))
    own = header_field(without_value(signature.octets), signature.header_form)
    digest.update(own.removesuffix(b"\r\n"))
    return digest.digest()


class Examined(msgspec.Struct, frozen=True):
    """A signature with what the message gives for it."""

    signature: Signature
    header_digest: bytes
    body: BodyDigest
    added: tuple[str, ...] = ()
    """Fields the message has more often than the signature covers, of those that matter to readers."""


_NOTICED = (b"from", b"to", b"cc", b"subject", b"date", b"reply-to", b"content-type")


def examined(
    found: HeaderFields, signature: Signature, digests: Mapping[tuple[Canonicalization, int | None], BodyDigest]
) -> Examined:
    """Join what is known about one signature."""
    added = tuple(name.decode() for name in _NOTICED if found.count(name) > signature.fields.count(name) > 0)
    return Examined(signature, header_digest(found, signature), digests[signature.body_form, signature.length], added)


def wanted(signatures: Sequence[Signature]) -> list[tuple[Canonicalization, int | None]]:
    """The body digests these signatures need."""
    return [(signature.body_form, signature.length) for signature in signatures]
