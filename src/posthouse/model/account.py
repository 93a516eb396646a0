"""Domains, accounts, aliases and what proves that somebody is who they say."""

import datetime as dt
import enum
from typing import Final

import msgspec

from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.people.domain_rules import Branding, DomainLimits
from posthouse.model.role import EVERYWHERE, EVERYWHERE_ROLES, Role
from posthouse.model.traffic.auto_reply import AutoReply


class OwnerKind(enum.StrEnum):
    """What an account stands for."""

    PERSON = "person"
    SHARED = "shared"
    GROUP = "group"
    RESOURCE = "resource"


class Status(enum.StrEnum):
    """Whether an account or a domain may be used, and for what."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Receives; may neither sign in nor send."""
    REMOVED = "removed"
    """Neither receives nor signs in; its mail is kept for the grace period."""


class Receiving(enum.StrEnum):
    """Whether mail is taken for an account."""

    YES = "yes"
    LATER = "later"
    """Whoever sends is asked to try again (4xx)."""
    NO = "no"
    """It is refused (5xx)."""


class Outside(enum.StrEnum):
    """Whether somebody outside (LDAP) knows whose a mailbox is."""

    NO = "no"
    KNOWN = "known"
    GONE = "gone"
    """They did, and do no longer; it was suspended for that."""


class Service(enum.StrEnum):
    """Ways to a mailbox, as sessions name them; each can be switched off for a domain or an account."""

    SUBMISSION = "submission"
    IMAP = "imap"
    POP3 = "pop3"
    SIEVE = "sieve"
    WEBMAIL = "webmail"
    DAV = "dav"


FAR_FUTURE: Final = 253_402_300_799.0
"""The end of the year 9999: dates beyond it cannot be written."""


class Domain(msgspec.Struct, frozen=True):
    """A mail domain this service is responsible for."""

    key: str
    """Normalised: A-labels, lower case (``posthouse.formats.address.key``)."""
    name: str
    """As the administrator wrote it."""
    status: Status = Status.ACTIVE
    created_at: float = 0.0
    stands_for: str = ""
    """Key of the domain whose addresses this one's are; empty for a domain of its own."""
    limits: DomainLimits = DomainLimits()
    branding: Branding = Branding()
    language: str = ""
    """Of new mailboxes, and of what is said in the name of the domain; empty: English."""
    refused_services: tuple[Service, ...] = ()
    """Ways to its mailboxes that are switched off."""


class Account(msgspec.Struct, frozen=True):
    """A mailbox owner."""

    id: AccountId
    key: str
    """Normalised address."""
    address: str
    """As written when it was made."""
    domain: str
    """Key of its domain."""
    kind: OwnerKind = OwnerKind.PERSON
    role: Role = Role.OWNER
    status: Status = Status.ACTIVE
    display_name: str = ""
    language: str = "en"
    quota_octets: int = 0
    """0: no limit."""
    credential_epoch: int = 1
    """Raised whenever a credential is revoked; sessions of an older one end."""
    scram_salt: bytes = b""
    """The one salt of all its app passwords: SCRAM sends it before it knows which of them is meant."""
    created_at: float = 0.0
    quota_messages: int = 0
    """0: no limit."""
    forwards_to: tuple[str, ...] = ()
    """Addresses as written, of ours or of others, that get what comes for this one."""
    keeps_mail: bool = True
    """False: nothing is put into its mailboxes; mail is forwarded or answered, and refused where it is neither."""
    auto_reply: AutoReply | None = None
    sending_stopped: str = ""
    """Why it may not send until somebody has looked at it; empty: it may."""
    recovery_address: str = ""
    """Where its owner can be reached when it cannot be used."""
    administers: tuple[str, ...] = ()
    """Where its role holds: keys of domains, addresses of groups, or ``*``; empty: its own domain."""
    receiving: Receiving = Receiving.YES
    refused_services: tuple[Service, ...] = ()
    """Ways to this mailbox that are switched off, beside those of its domain."""
    expires_at: float | None = None
    """From then on nobody signs in and nothing is sent; mail is still received."""
    logins: tuple[str, ...] = ()
    """Further names to sign in with, folded (``login_key``)."""
    purge_at: float | None = None
    """When the mail of a removed account goes for ever."""
    status_before: Status = Status.ACTIVE
    """What a removed account is again when it is restored."""
    outside: Outside = Outside.NO

    def answers_at(self, moment: float) -> bool:
        """Whether what comes now (seconds since 1970) gets a reply by itself."""
        return self.auto_reply is not None and self.auto_reply.holds_at(moment)

    @property
    def reach(self) -> tuple[str, ...]:
        """Where its role holds, with what is meant where nothing is named."""
        if self.role in EVERYWHERE_ROLES:
            return (EVERYWHERE,)
        if self.role in (Role.OWNER, Role.GROUP_MANAGER):
            return self.administers if self.role is Role.GROUP_MANAGER else ()
        return self.administers or (self.domain,)

    def is_expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


def login_key(login: str) -> str:
    """One spelling for all spellings of a login name that is no address."""
    return login.strip().casefold()


class Due(enum.StrEnum):
    """What comes to an account at a time that was fixed before."""

    EXPIRY = "expiry"
    PURGE = "purge"


class Alias(msgspec.Struct, frozen=True):
    """An address that stands for others: an alias of a mailbox, or a forward to anywhere."""

    key: str
    address: str
    domain: str
    targets: tuple[str, ...]
    """Addresses as written; own or foreign."""
    created_at: float = 0.0
    ends_at: float | None = None
    """When it ends by itself."""
    former: bool = False
    """It is the address its target had before."""


_KINDS: Final = {
    OwnerKind.PERSON: "a mailbox",
    OwnerKind.SHARED: "a shared mailbox",
    OwnerKind.GROUP: "a group",
    OwnerKind.RESOURCE: "a resource",
}


def form_of(holder: Account | Alias) -> str:
    """In which form an address exists, in words that follow *as*: ``a mailbox``, ``an alias of sales@example.com``."""
    if isinstance(holder, Account):
        if holder.status is not Status.REMOVED:
            return _KINDS[holder.kind]
        return f"{_KINDS[holder.kind]} that has been removed" + _until(holder.purge_at)
    targets = ", ".join(holder.targets[:3]) + (" and others" if len(holder.targets) > 3 else "")
    if holder.former:
        return f"the former address of {targets}" + _until(holder.ends_at)
    return f"an alias of {targets}" + _until(holder.ends_at)


def _until(at: float | None) -> str:
    if at is None:
        return ""
    return f" (until {dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%d})"


PROGRAM_PROTOCOLS: Final = ("imap", "pop3", "submission", "sieve", "dav", "jmap")
"""What an app password or a token may be for, by the names under which sessions sign in."""


class CredentialKind(enum.StrEnum):
    """The kinds of secret an account has."""

    PASSWORD = "password"  # noqa: S105 - the kind's name
    APP_PASSWORD = "app-password"  # noqa: S105 - the kind's name
    TOKEN = "token"  # noqa: S105 - the kind's name
    """For programs that administer, by the HTTP API; mail programs sign in with one that is made for them (OAUTHBEARER)."""
    TOTP = "totp"
    """The secret of an authenticator program: a second factor in the browser."""
    RECOVERY_CODES = "recovery-codes"
    """For whoever has lost the other second factors."""
    PASSKEY = "passkey"
    """A key pair in somebody's telephone or computer: instead of the password, or a second factor, in the browser."""


class Credential(msgspec.Struct, frozen=True):
    """One secret of an account as kept: verifiers only, the secret itself is nowhere."""

    id: CredentialId
    account_id: AccountId
    kind: CredentialKind
    name: str
    """What the owner calls it; empty for the account password."""
    lookup: str
    """First characters of an app password, unique in its account; empty for the account password."""
    verifiers: dict[str, bytes]
    """By scheme: ``argon2id`` or ``foreign`` (another server's hash); or ``hmac``, ``scram-sha-1``, ``scram-sha-256``, ``cram-md5``
    (see docs/adr/0004)."""
    created_at: float
    expires_at: float | None = None
    acts: tuple[str, ...] = ()
    """Of a token: the only acts it is for; empty: all its account may do."""
    places: tuple[str, ...] = ()
    """Of a token: the only domains (keys) it is for; empty: all its account's role holds in."""
    protocols: tuple[str, ...] = ()
    """Of ``PROGRAM_PROTOCOLS``. Of an app password: the only ones it works with; empty: all of them. Of a token: those mail
    programs may show it over; empty: none."""

    @property
    def slow_verifier(self) -> bytes:
        """What an account password is checked against; empty where there is nothing."""
        return self.verifiers.get("argon2id") or self.verifiers.get("foreign", b"")
