"""The keys a domain signs its mail with (DKIM): what is published, what is secret, and where each is in its life."""

import enum

import msgspec


class KeyState(enum.StrEnum):
    """pending → active → retiring → gone."""

    PENDING = "pending"
    """To be published; nothing is signed with it yet."""
    ACTIVE = "active"
    """Signs."""
    RETIRING = "retiring"
    """Signs no more; stays published while signatures of it may be on their way."""


class KeyKind(enum.StrEnum):
    """What verifiers know."""

    RSA = "rsa"
    ED25519 = "ed25519"


class DomainKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one domain."""

    domain: str
    """The domain's key."""
    selector: str
    """A DNS label, unique in its domain for ever: a selector is never used again."""
    kind: KeyKind
    state: KeyState
    record: str
    """The text to publish at ``SELECTOR._domainkey.DOMAIN``."""
    sealed: bytes
    """The private key (PKCS #8), sealed by the vault."""
    created_at: float
    changed_at: float
    """When it came to its state."""
