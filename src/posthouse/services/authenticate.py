"""Who is signing in: account passwords (slow, remembered for a while) and app passwords (microseconds).

An app password carries its own lookup characters, so that one keyed hash decides. The account password is hashed with argon2id in a
thread; what it proved is remembered under a keyed hash, with the account's credential epoch, so that polling programs do not pay
for it every minute. Failures say the same words whether the account exists or not.

Programs that prove an app password without sending it (SCRAM, CRAM-MD5), or show a token, are served in two steps: ``inquire`` says
what is kept of the account's app passwords, or whether the token counts; ``settle`` takes the answer which of them was proved.
"""

import contextlib
from dataclasses import dataclass
from typing import Final, NoReturn

from msgspec.structs import replace

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AuthenticationFailed, Expired, Retired, Unavailable
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, Credential, CredentialKind, Service, Status, login_key
from posthouse.model.principal import Principal
from posthouse.model.settings.outside import OIDC_ISSUER
from posthouse.model.settings.signing_in import (
    AUTH_APP_PASSWORDS_ONLY,
    AUTH_CRAM_MD5,
    AUTH_DEFAULT_DOMAIN,
    AUTH_OAUTH,
    AUTH_SCRAM,
    AUTH_SCRAM_BINDING,
)
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.vault import Vault
from posthouse.services.app_passwords import BARE, LOOKUP_CHARACTERS, SALT_OCTETS, SCRAM_ITERATIONS, normalised, verifier_of
from posthouse.services.guard.guarding import NOWHERE, Admitted, SignInGuard, Source
from posthouse.services.receive.addresses.meaning import meant_domain, meant_key
from posthouse.services.settings import Settings
from posthouse.services.signing_in.bearing import WRONG as WRONG_TOKEN
from posthouse.services.signing_in.bearing import Bearers, NotMeant
from posthouse.services.signing_in.moved import MovedAppPasswords
from posthouse.services.signing_in.oidc.providers import OverFor
from posthouse.services.signing_in.outside_passwords import OutsidePasswords
from posthouse.services.signing_in.passwords import AccountPasswords
from posthouse.services.signing_in.renewing import PasswordRenewer
from posthouse.services.signing_in.using import UseNoting

WRONG = "the user name or the password is wrong"
NEEDS_OTHER_WAY = (
    "the user name or the password is wrong; with this mechanism only app passwords work: "
    "let the program use one, or send the password (PLAIN) over TLS"
)
SUSPENDED = "this account is suspended: ask your administrator"
REMOVED = "this account has been removed"
OVER = "the time of this mailbox is over: ask your administrator"
SWITCHED_OFF = "{} is switched off for this mailbox: ask your administrator"
OVER_OUTSIDE = "this session was vouched for until now: sign in again"
REVOKED = "the credential of this session has been revoked or has expired"

NONCE_OCTETS: Final = 18
END_POINT: Final = "tls-server-end-point"
CRAM_MD5: Final = "cram-md5"
BEARER: Final = "bearer"
PROOF: Final = "proof"
"""Stands for the secret where a proof fails: nobody knows which it was, and app passwords cannot be guessed anyway."""
_UNKNOWABLE: Final = {"scram-sha-1": 40, "scram-sha-256": 64, CRAM_MD5: 32}
"""By scheme, the octets of a verifier."""


class NoGuess(AuthenticationFailed):
    """A right account password where app passwords are wanted: for its owner the same as any other failure."""


class OtherProtocol(NoGuess):
    """A right app password that is not for this protocol. Whoever has proved it is told so."""


@dataclass(frozen=True)
class AuthenticatingParts:
    """What signing in works with."""

    directory: DirectoryReader
    vault: Vault
    settings: Settings
    clock: Clock
    entropy: Entropy
    guard: SignInGuard | None = None
    """None: failures are not counted."""
    renewer: PasswordRenewer | None = None
    """None: hashes stay as they are."""
    uses: UseNoting | None = None
    """None: nobody notes from where credentials are used."""
    hostname: str = ""
    """Of the pages where owners make app passwords."""
    bearers: Bearers | None = None
    """None: no token counts."""
    outside: OutsidePasswords | None = None
    """None: nobody outside knows a password."""


@dataclass(frozen=True)
class Inquiry:
    """Somebody who is going to prove an app password: what is kept of those the account has, or would have.

    Or somebody who has shown a token: who that is, or why it does not count.
    """

    login: str
    account: Account | None
    credentials: tuple[Credential, ...]
    """Of which each verifier is; there is one verifier more, which nobody can prove."""
    verifiers: tuple[bytes, ...]
    salt: bytes
    iterations: int = SCRAM_ITERATIONS
    admitted: Admitted | None = None
    source: Source = NOWHERE
    principal: Principal | None = None
    """Whom the token stands for."""
    refusal: AuthenticationFailed | None = None
    discovery: str = ""
    """The URL of a document that says where to get a token that counts; empty: there is none."""


class Authenticator:
    """Turns a login name and a password, or the proof of one, into a principal."""

    def __init__(self, parts: AuthenticatingParts) -> None:
        self._directory = parts.directory
        self._vault = parts.vault
        self._settings = parts.settings
        self._clock = parts.clock
        self._entropy = parts.entropy
        self._guard = parts.guard
        self._uses = parts.uses
        self._bearers = parts.bearers
        self._needs_app_password = needs_app_password(parts.hostname)
        self.passwords = AccountPasswords(parts.vault, parts.clock, parts.renewer, parts.outside)
        self._moved = MovedAppPasswords(parts.vault, None if parts.renewer is None else parts.renewer.directory)

    def offers(self, end_point: bytes) -> dict[str, bool]:
        """What programs are offered beside passwords; ``end_point``: what the connection's certificate gives for a channel binding.

        SCRAM only where programs need app passwords: those that hold an account password would choose it too, and fail.
        """
        wish = self._settings[AUTH_OAUTH]
        return {
            "scram": self._offers_scram,
            "cram_md5": self._settings[AUTH_CRAM_MD5],
            "binding": bool(self.bindings(end_point)),
            "oauth": bool(self._settings[OIDC_ISSUER]) if wish == "auto" else wish == "on",
        }

    @property
    def _offers_scram(self) -> bool:
        wish = self._settings[AUTH_SCRAM]
        return self._settings[AUTH_APP_PASSWORDS_ONLY] if wish == "auto" else wish == "on"

    def bindings(self, end_point: bytes) -> dict[str, bytes]:
        """The channel bindings that are offered on a connection, by type; ``end_point``: what its certificate gives for one."""
        if not end_point or not self._offers_scram or self._settings[AUTH_SCRAM_BINDING] == "off":
            return {}
        return {END_POINT: end_point}

    def nonce(self) -> str:
        """Letters and digits that have never been used before."""
        return self._entropy.octets(NONCE_OCTETS).hex()

    async def authenticate(self, login: str, password: str, source: Source = NOWHERE) -> Principal:
        """Sign in a mail program.

        Raises: AuthenticationFailed (one text for unknown names and wrong passwords); SignInBlocked; Retired; Unavailable.
        """
        admitted = await self.admit(source, login)
        try:
            account, credential = await self._signed_in(login, password, admitted, source.protocol)
        except AuthenticationFailed as refusal:
            if admitted is not None:
                await admitted.failed(password, harmless=isinstance(refusal, NoGuess))
            raise
        if admitted is not None:
            await admitted.succeeded(strong=credential is not None and credential.kind is CredentialKind.APP_PASSWORD)
        return self._welcomed(account, credential, source)

    async def admit(self, source: Source, login: str) -> Admitted | None:
        """Let an attempt to sign in begin; None: nothing is counted here. Raises: SignInBlocked."""
        return None if self._guard is None else await self._guard.admit(source, login, await self._folded(login))

    def _welcomed(self, account: Account, credential: Credential | None, source: Source) -> Principal:
        principal = _principal(account, credential, source.protocol)
        self.note_use(principal, source)
        return principal

    def note_use(self, principal: Principal, source: Source) -> None:
        """Note from where, and with which program, somebody is signed in: for the owner to see."""
        if self._uses is not None:
            self._uses.note(principal, source)

    async def _signed_in(
        self, login: str, password: str, admitted: Admitted | None, protocol: str
    ) -> tuple[Account, Credential | None]:
        account = await self.whose(login)
        if account is None:
            await self._refuse_unknown(login, password, admitted)
        if (retired := await self.retirement(account, protocol)) is not None:
            raise retired
        return account, await self._check(account, password, admitted, protocol)

    async def inquire(self, login: str, scheme: str, source: Source = NOWHERE, token: str = "") -> Inquiry:
        """What proves an app password in a scheme: ``scram-sha-1``, ``scram-sha-256``, ``cram-md5``; ``bearer``: who shows a token.

        A name nobody has gets a salt of its own, always the same, and a verifier that nobody can prove, as everybody else does.
        Raises: SignInBlocked; Retired; Unavailable.
        """
        admitted = await self.admit(source, login)
        if scheme == BEARER:
            return await self._shown(login, token, source, admitted)
        account = await self.whose(login)
        if account is not None and (retired := await self.retirement(account, source.protocol)) is not None:
            raise retired
        known = [] if account is None else await self._directory.credentials(account.id)
        pairs = [
            (credential, self._opened(scheme, credential.verifiers[spelling]))
            for credential in known
            for spelling in (scheme, scheme + BARE)
            if credential.kind is CredentialKind.APP_PASSWORD and spelling in credential.verifiers
        ]
        salt = account.scram_salt if account is not None else b""
        return Inquiry(
            login,
            account,
            tuple(credential for credential, _ in pairs),
            (*(verifier for _, verifier in pairs), self._entropy.octets(_UNKNOWABLE[scheme])),
            salt or self._vault.keyed(b"scram-salt\0" + (await self._folded(login)).encode("utf-8", "surrogatepass"))[:SALT_OCTETS],
            admitted=admitted,
            source=source,
        )

    async def _shown(self, login: str, token: str, source: Source, admitted: Admitted | None) -> Inquiry:
        """Who shows a token; a name that comes with it must be a name of the same account."""
        if self._bearers is None:
            raise Unavailable("no tokens are taken here")
        domain = await self._own_domain(login)
        try:
            bearer = await self._bearers.bearer(token, source.protocol, domain, self.whose)
            account = bearer.account
            if login and ((named := await self.whose(login)) is None or named.id != account.id):
                raise AuthenticationFailed(WRONG_TOKEN)
        except AuthenticationFailed as refusal:
            if admitted is not None:
                await admitted.failed(token, harmless=isinstance(refusal, NotMeant | OverFor))
            discovery = await self._bearers.discovery(domain)
            return Inquiry(login, None, (), (), b"", source=source, refusal=refusal, discovery=discovery)
        if (retired := await self.retirement(account, source.protocol)) is not None:
            raise retired
        principal = replace(_principal(account, bearer.credential, source.protocol), good_until=bearer.until)
        return Inquiry(login, account, (), (b"",), b"", admitted=admitted, source=source, principal=principal)

    async def settle(self, inquiry: Inquiry, number: int | None) -> Principal:
        """Sign in whoever has proved the verifier of this number; None: none of them.

        Raises: AuthenticationFailed (one text for unknown names and wrong passwords); SignInBlocked; Expired; Unavailable.
        """
        account, admitted = inquiry.account, inquiry.admitted
        if inquiry.refusal is not None:
            raise inquiry.refusal
        if inquiry.principal is not None:
            if admitted is not None:
                await admitted.succeeded(strong=True)
            self.note_use(inquiry.principal, inquiry.source)
            return inquiry.principal
        if account is None or number is None or number >= len(inquiry.credentials):
            domain = account.domain if account is not None else await self._own_domain(inquiry.login)
            strict = await self._settings.get(AUTH_APP_PASSWORDS_ONLY, domain=domain)
            if admitted is not None:
                await admitted.failed(PROOF)
            raise AuthenticationFailed(self._needs_app_password if strict else NEEDS_OTHER_WAY)
        credential = self._in_force(inquiry.credentials[number], inquiry.source.protocol)
        if admitted is not None:
            await admitted.succeeded(strong=True)
        return self._welcomed(account, credential, inquiry.source)

    async def _refuse_unknown(self, login: str, password: str, admitted: Admitted | None) -> NoReturn:
        """Refuse a name nobody has with the words, and after the work, that a wrong password for a known one would get."""
        await _refuse_guess(admitted, password)
        if await self._settings.get(AUTH_APP_PASSWORDS_ONLY, domain=await self._own_domain(login)):
            if _is_counted(admitted):
                await self._vault.verify(b"", password)
            raise AuthenticationFailed(self._needs_app_password)
        await self._vault.verify(b"", password)
        raise AuthenticationFailed(WRONG)

    async def objection(self, principal: Principal) -> Retired | None:
        """Why a session may not go on: its account is removed or suspended, its credential revoked or expired. None: it may."""
        account = await self._directory.account(principal.account_id)
        if account is None:
            return Retired(REMOVED)
        if (retired := await self.retirement(account, principal.service)) is not None:
            return retired
        now = self._clock.now()
        if principal.credential_id is None:
            is_over = 0.0 < principal.good_until <= now or principal.credential_epoch != account.credential_epoch
            return Expired(OVER_OUTSIDE) if is_over else None
        for credential in await self._directory.credentials(account.id):
            if credential.id == principal.credential_id and (credential.expires_at is None or credential.expires_at > now):
                return None
        return Expired(REVOKED)

    async def whose(self, login: str) -> Account | None:
        """Whose name this is: an address, a login name, or the first part of an address in the default domain."""
        account = None
        with contextlib.suppress(ValueError):
            account = await self._directory.account_at(address_key(parse_mailbox(login)))
        if account is None:
            account = await self._directory.account_with_login(login_key(login))
        default = self._settings[AUTH_DEFAULT_DOMAIN]
        if account is None and default and "@" not in login:
            with contextlib.suppress(ValueError):
                account = await self._directory.account_at(address_key(parse_mailbox(f"{login}@{default}")))
        return None if account is not None and account.status is Status.REMOVED else account

    async def _own_domain(self, login: str) -> str:
        """The key of the login's domain where it is one of ours, else nothing: what strangers make up must fill no memory."""
        try:
            key = domain_key(login.rpartition("@")[2])
        except ValueError:
            return ""
        return await meant_domain(self._directory, key) if await self._directory.domain(key) is not None else ""

    async def _folded(self, login: str) -> str:
        """One spelling for all names of one account, and for all spellings of a name that nobody has."""
        account = await self.whose(login)
        if account is not None:
            return account.key
        try:
            return await meant_key(self._directory, parse_mailbox(login))
        except ValueError:
            return login

    async def retirement(self, account: Account, service: str) -> Retired | None:
        """Why the account, its whole domain, or this way to it may not be used; None where they may."""
        if account.status is Status.REMOVED:
            return Retired(REMOVED)
        domain = await self._directory.domain(account.domain)
        if account.status is not Status.ACTIVE or domain is None or domain.status is not Status.ACTIVE:
            return Retired(SUSPENDED)
        if account.is_expired(self._clock.now()):
            return Expired(OVER)
        if service in account.refused_services or service in domain.refused_services:
            return Retired(SWITCHED_OFF.format(service.upper() if service in (Service.IMAP, Service.POP3) else service))
        return None

    async def _check(self, account: Account, password: str, admitted: Admitted | None, protocol: str) -> Credential | None:
        """The credential that was proved; None: somebody outside knows the password."""
        credentials = await self._directory.credentials(account.id)
        found = self._app_password(account, credentials, password, protocol)
        if found is not None:
            return found
        moved = await self._moved.prove(account, credentials, password)
        if moved is not None:
            return self._in_force(moved, protocol)
        await _refuse_guess(admitted, password)
        if await self._settings.get(AUTH_APP_PASSWORDS_ONLY, domain=account.domain, account=to_text(account.id)):
            await self._refuse_account_password(account, credentials, password, is_counted=_is_counted(admitted))
        proved = await self.passwords.prove(account, credentials, password)
        if proved is None:
            raise AuthenticationFailed(WRONG)
        return proved.credential

    async def _refuse_account_password(
        self, account: Account, credentials: list[Credential], password: str, *, is_counted: bool
    ) -> NoReturn:
        """Refuse a right and a wrong one in the same words and after the same work; only the guard hears which it was."""
        if is_counted:
            try:
                is_right = await self.passwords.is_right(account, credentials, password)
            except Unavailable:
                is_right = True  # nobody can say: it counts against nobody
            if is_right:
                raise NoGuess(self._needs_app_password)
        raise AuthenticationFailed(self._needs_app_password)

    def _app_password(self, account: Account, credentials: list[Credential], password: str, protocol: str) -> Credential | None:
        secret = normalised(password)
        candidates = [c for c in credentials if c.kind is CredentialKind.APP_PASSWORD and c.lookup == secret[:LOOKUP_CHARACTERS]]
        if not candidates:
            return None
        expected = verifier_of(self._vault, account.id, secret)
        for credential in candidates:
            if credential.verifiers.get("hmac") == expected:
                return self._in_force(credential, protocol)
        return None

    def _in_force(self, credential: Credential, protocol: str) -> Credential:
        """The credential. Raises: Expired; OtherProtocol."""
        if credential.expires_at is not None and credential.expires_at <= self._clock.now():
            raise Expired(f"the app password {credential.name!r} has expired: make a new one")
        if credential.protocols and protocol and protocol not in credential.protocols:
            raise OtherProtocol(
                f"the app password {credential.name!r} is only for {' and '.join(credential.protocols)}: use another"
            )
        return credential

    def _opened(self, scheme: str, verifier: bytes) -> bytes:
        return self._vault.unseal(verifier) if scheme == CRAM_MD5 else verifier


def needs_app_password(hostname: str) -> str:
    """What is said, to right and wrong passwords alike, where mail programs need app passwords."""
    return f"mail programs need an app password here: make one at https://{hostname or 'localhost'}/setup"


def _principal(account: Account, credential: Credential | None, service: str) -> Principal:
    known = None if credential is None else credential.id
    return Principal(account.id, account.address, account.role, known, account.credential_epoch, account.reach, service=service)


async def _refuse_guess(admitted: Admitted | None, secret: str) -> None:
    """Raises: SignInBlocked."""
    if admitted is not None:
        await admitted.refuse_guess(secret)


def _is_counted(admitted: Admitted | None) -> bool:
    return admitted is not None and admitted.attempt is not None
