"""Making DKIM signatures (RFC 6376 §5): relaxed/relaxed, one field for each key, all over one pass of the body."""

import base64
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from posthouse.formats.header.writing import structured
from posthouse.trust.dkim.canonical import Canonicalization
from posthouse.trust.dkim.examining import BodyDigests, HeaderFields, header_digest
from posthouse.trust.dkim.signature import Signature

SIGNED: Final = (
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"sender",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"content-disposition", b"content-id", b"content-description",
    b"resent-from", b"resent-to", b"resent-cc", b"resent-date", b"resent-message-id", b"resent-sender", b"list-id", b"list-help",
    b"list-unsubscribe", b"list-unsubscribe-post", b"list-subscribe", b"list-post", b"list-owner", b"list-archive", b"autocrypt",
)  # fmt: skip
"""Fields that are signed where they are there (§5.4.1 and what followed it)."""
OVERSIGNED: Final = (b"from", b"to", b"cc", b"subject", b"date")
"""Fields that are signed once more than they are there, so that none can be added (§8.15)."""
_SIGNED_TIMES: Final = 20
"""Occurrences of one field that are signed at most."""
_LINE: Final = 76
_WHOLE_BODY: Final = (Canonicalization.RELAXED, None)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class SigningKey(msgspec.Struct, frozen=True):
    """A private key and the selector its public half is published under."""

    selector: str
    private: PrivateKey

    @property
    def algorithm(self) -> str:
        """As in a=."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"


def private_key(der: bytes) -> PrivateKey:
    """Load PKCS #8 octets; some 0.1 ms for Ed25519, some for RSA since it is checked.

    Raises: ValueError when they are no RSA or Ed25519 key.
    """
    try:
        loaded = serialization.load_der_private_key(der, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a private key that can be used") from error
    if not isinstance(loaded, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("neither an RSA nor an Ed25519 key")  # noqa: TRY004 - the octets are wrong, not the type
    return loaded


def private_octets(key: PrivateKey) -> bytes:
    """The key as PKCS #8, which ``private_key`` loads."""
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def sign(head: bytes, body: Iterable[bytes], keys: Sequence[SigningKey], domain: str, now: int) -> bytes:
    """Return one DKIM-Signature field with CRLF for each key, to stand in front of the message.

    ``head`` is the header block with CRLF line ends, with or without its blank line; ``body`` its body in chunks of any size;
    ``domain`` in A-labels; ``now`` seconds since 1970. Time grows with the message (1 ms and more): for a thread.
    Raises: ValueError when the message has no From.
    """
    digest = BodyHash()
    for chunk in body:
        digest.update(chunk)
    return sign_digest(head, digest.finish(), keys, domain, now)


class BodyHash:
    """The hash of a relaxed body, fed in chunks of any size."""

    def __init__(self) -> None:
        self._digests = BodyDigests([_WHOLE_BODY])

    def update(self, chunk: bytes) -> None:
        """Take the next octets."""
        self._digests.update(chunk)

    def finish(self) -> bytes:
        """The hash; the body has ended. To be called once."""
        return self._digests.finish()[_WHOLE_BODY].digest


def sign_digest(head: bytes, body_hash: bytes, keys: Sequence[SigningKey], domain: str, now: int) -> bytes:
    """As ``sign``, where the body was hashed before by ``BodyHash``.

    Raises: ValueError when the message has no From.
    """
    found = HeaderFields(head)
    if not found.count(b"from"):
        raise ValueError("a message without From cannot be signed")
    names = _names(found)
    return b"".join(_field(found, names, body_hash, key, domain, now) for key in keys)


def _names(found: HeaderFields) -> tuple[bytes, ...]:
    names: list[bytes] = []
    for name in SIGNED:
        names += [name] * (min(found.count(name), _SIGNED_TIMES) + (name in OVERSIGNED))
    return tuple(names)


def _field(found: HeaderFields, names: tuple[bytes, ...], body_hash: bytes, key: SigningKey, domain: str, now: int) -> bytes:
    tags = f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={domain}; s={key.selector}; t={now};".encode("ascii")
    lines = [*_wrapped(tags.split(b" "), b" ", used=16), *_wrapped(_with_colons(names), b"", first=b"h=")]
    unsigned = b"\r\n\t".join([*lines, b"bh=" + base64.b64encode(body_hash) + b";", b"b="])
    draft = Signature(
        octets=structured("DKIM-Signature", unsigned),
        algorithm=key.algorithm,
        domain=domain,
        selector=key.selector,
        identity="",
        header_form=Canonicalization.RELAXED,
        body_form=Canonicalization.RELAXED,
        fields=names,
        body_hash=body_hash,
        value=b"",
    )
    value = base64.b64encode(_signed(key.private, header_digest(found, draft)))
    pieces = [value[:72], *(value[at : at + 74] for at in range(72, len(value), 74))]
    return structured("DKIM-Signature", unsigned + b"\r\n\t".join(pieces))


def _signed(private: PrivateKey, digest: bytes) -> bytes:
    if isinstance(private, RSAPrivateKey):
        return private.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    return private.sign(digest)


def _with_colons(names: tuple[bytes, ...]) -> list[bytes]:
    return [*(name + b":" for name in names[:-1]), names[-1] + b";"]


def _wrapped(words: list[bytes], between: bytes, *, first: bytes = b"", used: int = 1) -> list[bytes]:
    """Join words to lines that fit."""
    lines = [first]
    for word in words:
        glue = between if lines[-1] not in {b"", first} else b""
        if lines[-1] and used + len(lines[-1]) + len(glue) + len(word) > _LINE:
            lines.append(word)
            used = 1
        else:
            lines[-1] += glue + word
    return lines
