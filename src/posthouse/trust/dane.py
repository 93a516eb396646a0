"""DANE for SMTP: whether a certificate is one that the DNS vouches for (RFC 6698, RFC 7671, RFC 7672)."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TRUST_ANCHOR: Final = 2
END_ENTITY: Final = 3
CHAIN: Final = 10
"""Certificates of a chain that are looked at."""
_RECORD: Final = re.compile(r"([0-9]{1,3})[ \t]+([0-9]{1,3})[ \t]+([0-9]{1,3})[ \t]+([0-9A-Fa-f \t]{1,131072})")
_DIGESTS: Final = {1: hashlib.sha256, 2: hashlib.sha512}


class InvalidTlsa(ValueError):
    """The text is no TLSA record."""


class Mismatch(ValueError):
    """No record vouches for the certificate; ``result`` is the result type of RFC 8460 §4.3."""

    def __init__(self, words: str, result: str = "validation-failure") -> None:
        super().__init__(words)
        self.result = result


class Tlsa(msgspec.Struct, frozen=True):
    """One record (RFC 6698 §2.1)."""

    usage: int
    selector: int
    """0: the whole certificate, 1: its public key."""
    matching: int
    """0: as it is, 1: SHA-256, 2: SHA-512."""
    data: bytes

    @property
    def is_usable(self) -> bool:
        """Whether SMTP has a use for it (RFC 7672 §3.1): DANE-TA or DANE-EE, of kinds that are known, of the right length."""
        if self.usage not in {TRUST_ANCHOR, END_ENTITY} or self.selector not in {0, 1} or self.matching not in {0, 1, 2}:
            return False
        return bool(self.data) and len(self.data) == {1: 32, 2: 64}.get(self.matching, len(self.data))


def parse_tlsa(text: str) -> Tlsa:
    """Read the presentation form: three numbers and hexadecimal digits, with or without spaces between.

    Raises: InvalidTlsa.
    """
    found = _RECORD.fullmatch(text.strip())
    if found is None or any(int(found[number]) > 255 for number in (1, 2, 3)):
        raise InvalidTlsa(f"no TLSA record: {text[:100]!r}")
    try:
        data = bytes.fromhex(found[4])
    except ValueError:
        raise InvalidTlsa(f"no TLSA record: {text[:100]!r}") from None
    return Tlsa(int(found[1]), int(found[2]), int(found[3]), data)


def write_tlsa(record: Tlsa) -> str:
    """The presentation form."""
    return f"{record.usage} {record.selector} {record.matching} {record.data.hex()}"


def check_chain(records: Sequence[Tlsa], chain: Sequence[bytes], names: Sequence[str], now: float) -> Tlsa:
    """The record that vouches for a server.

    ``chain`` are its certificates in DER, its own first; ``names`` those it may have (host and, where the MX led to it, domain);
    ``now`` in seconds since 1970. Raises: Mismatch.
    """
    certificates = _loaded(chain[:CHAIN])
    if not certificates:
        raise Mismatch("the server shows no certificate")
    own = certificates[0]
    # RFC 7672 §3.1.1: neither name nor dates matter where the certificate itself is named.
    for record in records:
        if record.is_usable and record.usage == END_ENTITY and _matches(record, own):
            return record
    anchors = [record for record in records if record.is_usable and record.usage == TRUST_ANCHOR]
    if not anchors:
        raise Mismatch("the certificate is none that the TLSA records name")
    found = _anchor(anchors, certificates, datetime.fromtimestamp(now, UTC))
    if not _has_name(own, names):
        raise Mismatch(f"the certificate is not for {' or '.join(names)}", "certificate-host-mismatch")
    return found


def _loaded(chain: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(octets) for octets in chain]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Mismatch(f"the server's certificate cannot be read: {error}") from None


def _anchor(anchors: Sequence[Tlsa], certificates: Sequence[x509.Certificate], moment: datetime) -> Tlsa:
    """Climb from the server's certificate to one that a record names."""
    current = certificates[0]
    for _ in range(CHAIN):
        if not current.not_valid_before_utc <= moment <= current.not_valid_after_utc:
            raise Mismatch("a certificate of the server's chain is out of date", "certificate-expired")
        issuer = next((candidate for candidate in certificates if _issued(current, candidate)), None)
        if issuer is None:
            break
        for record in anchors:
            if _matches(record, issuer):
                return record
        if issuer is current:
            break
        current = issuer
    raise Mismatch("no certificate of the server's chain is one that the TLSA records name", "certificate-not-trusted")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return certificate == issuer or _may_issue(issuer)


def _may_issue(issuer: x509.Certificate) -> bool:
    if issuer.version is x509.Version.v1:
        return True  # a trust anchor may be older than extensions are
    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _matches(record: Tlsa, certificate: x509.Certificate) -> bool:
    try:
        if record.selector == 0:
            octets = certificate.public_bytes(Encoding.DER)
        else:
            octets = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return False
    digest = _DIGESTS.get(record.matching)
    return record.data == (octets if digest is None else digest(octets).digest())


def _has_name(certificate: x509.Certificate, names: Sequence[str]) -> bool:
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        written = alternative.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        written = [str(attribute.value) for attribute in common]
    return any(is_name_of(pattern, name) for pattern in written for name in names)


def is_name_of(pattern: str, name: str) -> bool:
    """Whether a name in a certificate is a host's: equal, or ``*`` for exactly one label at its left end (RFC 6125 §6.4.3)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        label, dot, rest = name.partition(".")
        return bool(label and dot) and rest == pattern[2:]
    return bool(name) and pattern == name
