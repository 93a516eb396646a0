"""Forgotten passwords: a letter to the recovery address, with a link that counts once and for half an hour.

Whoever asks hears the same whether there is such an account or not; the letter is written after the answer. The new password
obeys the policy, ends all sessions, and a second factor is asked for as ever. Owners set their recovery address themselves; it
counts once a link in a letter to it has been followed.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AuthenticationFailed, LimitReached, PosthouseError, Refused, SignInAgain
from posthouse.foundation.ids import CredentialId
from posthouse.model.account import Account, Service
from posthouse.model.principal import NOT_RECENT, Principal
from posthouse.model.role import Act
from posthouse.ports.limiter import Limiter, Window
from posthouse.ports.signing_in.steps import Step
from posthouse.services.administer.accounts import Accounts, recovery_address
from posthouse.services.administer.credentials import Passwords
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account
from posthouse.services.authenticate import Authenticator
from posthouse.services.browsers.own_password import KEPT_OUTSIDE
from posthouse.services.browsers.sessions import RECENT_SECONDS, SignedIn, password_of
from posthouse.services.browsers.steps import SecretSteps
from posthouse.services.guard.guarding import Source
from posthouse.services.letters.wording import wording
from posthouse.services.letters.writing import Letters

LINK_MINUTES: Final = 30
ADDRESS_HOURS: Final = 24
TRIES: Final = 20
"""Passwords that may be refused before the link is void."""
STOP_SECONDS: Final = 5.0
LINK_OVER: Final = "this link has been used, or its time is over: ask for a new one"
_FORGOTTEN: Final = b"forgotten password"
_ADDRESS: Final = b"recovery address"
_FROM_ADDRESS: Final = Window(10, 3_600.0)
_FOR_ACCOUNT: Final = Window(3, 3_600.0)
_log = logging.getLogger(__name__)


class _Forgotten(msgspec.Struct, frozen=True):
    password: CredentialId | None


@dataclass(frozen=True)
class RecoveryParts:
    """What recovering works with."""

    administration: Administration
    authenticator: Authenticator
    steps: SecretSteps
    letters: Letters
    limiter: Limiter
    pages: str
    """Where our pages are, for links: ``https://mail.example.test``."""


class Recovery:
    """The verbs; all raise Unavailable."""

    def __init__(self, parts: RecoveryParts) -> None:
        self._parts = parts
        self._administration = parts.administration
        self._passwords = Passwords(parts.administration)
        self._writing: set[asyncio.Task[None]] = set()

    async def admit(self, source: Source) -> None:
        """Count a request for a letter. Raises: LimitReached where too many come from this IP address."""
        await self._count("recoveries-from", source.address, _FROM_ADDRESS)

    def write_soon(self, login: str, source: Source) -> None:
        """Write the letter beside what is answered: how long that takes tells nothing."""
        task = asyncio.get_running_loop().create_task(self.write(login, source))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def stop(self) -> None:
        """Finish what is being written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=STOP_SECONDS)

    async def write(self, login: str, source: Source) -> None:
        """Write the letter, if there is an account with a recovery address; nobody hears whether. Raises nothing."""
        try:
            account = await self._parts.authenticator.whose(login)
            if account is None or not account.recovery_address or await self._refusal(account) is not None:
                return
            await self._count("recoveries-for", account.id.hex(), _FOR_ACCOUNT)
            password = password_of(await self._administration.directory.credentials(account.id))
            value = msgspec.msgpack.encode(_Forgotten(password))
            token = await self._parts.steps.begin(_FORGOTTEN, account.id, value, LINK_MINUTES * 60.0)
            link = f"{self._parts.pages}/sign-in/recover?token={token}"
            words = {"address": account.address, "link": link, "minutes": str(LINK_MINUTES), "from": source.address}
            await self._letter(account, account.recovery_address, "recovery", words)
        except PosthouseError as error:
            _log.warning("a letter about a forgotten password is not written: %s", error)

    async def set_password(self, token: str, new: str, source: Source) -> Account:
        """Give the account of a link a new password; its owner is told in the mailbox.

        Raises: AuthenticationFailed (the link is void), Invalid (the password), Retired.
        """
        begun = await self._parts.steps.attempt(_FORGOTTEN, token, TRIES)
        account = await self._account(begun)
        forgotten = msgspec.msgpack.decode(begun.value if begun else b"", type=_Forgotten)
        if password_of(await self._administration.directory.credentials(account.id)) != forgotten.password:
            raise AuthenticationFailed(LINK_OVER)
        if (refusal := await self._refusal(account)) is not None:
            raise refusal
        await self._passwords.check(account, new)
        if await self._parts.steps.take(_FORGOTTEN, token) is None:
            raise AuthenticationFailed(LINK_OVER)
        await Accounts(self._administration).set_password(_owner(account, source), account.address, new)
        await self._tell(account, account.address, "recovered", {"address": account.address, "from": source.address})
        return account

    async def begin_address(self, signed_in: SignedIn, text: str) -> str:
        """Write to an address that its owner wants as recovery address; it counts when the link is followed. Empty: none any more.

        Raises: Invalid, NotPermitted (the session is not recent), LimitReached.
        """
        account = await self._fresh(signed_in)
        signed_in.principal.require_over(Act.RECOVERY_CHANGE, account)
        address = recovery_address(text.strip(), account)
        if not address:
            await self._put(signed_in.principal, account, "")
            return ""
        await self._count("recoveries-for", account.id.hex(), _FOR_ACCOUNT)
        token = await self._parts.steps.begin(_ADDRESS, account.id, address.encode(), ADDRESS_HOURS * 3_600.0)
        link = f"{self._parts.pages}/sign-in/confirm?token={token}"
        await self._letter(account, address, "recovery_address", {"address": account.address, "link": link})
        return address

    async def confirm_address(self, token: str, source: Source) -> Account:
        """Take an address whose link was followed. Raises: AuthenticationFailed (the link is void), Retired."""
        begun = await self._parts.steps.take(_ADDRESS, token)
        account = await self._account(begun)
        address = begun.value.decode() if begun else ""
        await self._put(_owner(account, source), account, address)
        return account

    async def _put(self, principal: Principal, account: Account, address: str) -> None:
        changed = replace(account, recovery_address=address)
        recorded = self._administration.recorded(
            principal, Act.RECOVERY_CHANGE, about_account(account), before=account, after=changed
        )
        async with recorded:
            await self._administration.directory.replace_account(changed)
        if account.recovery_address and account.recovery_address != address:
            words = {"address": account.address, "new": address or "–"}
            await self._tell(account, account.recovery_address, "recovery_changed", words)

    async def _account(self, begun: Step | None) -> Account:
        account = None if begun is None else await self._administration.directory.account(begun.account_id)
        if account is None:
            raise AuthenticationFailed(LINK_OVER)
        return account

    async def _fresh(self, signed_in: SignedIn) -> Account:
        if self._administration.clock.now() - signed_in.session.created_at > RECENT_SECONDS:
            raise SignInAgain(NOT_RECENT)
        return await self._administration.directory.account(signed_in.account.id) or signed_in.account

    async def _refusal(self, account: Account) -> Refused | None:
        """Why no password is set for an account; None: one may be."""
        retired = await self._parts.authenticator.retirement(account, Service.WEBMAIL)
        if retired is not None:
            return retired
        return None if await self._parts.authenticator.passwords.are_ours(account.domain) else Refused(KEPT_OUTSIDE)

    async def _count(self, rule: str, key: str, window: Window) -> None:
        decision = await self._parts.limiter.take(rule, key, window)
        if not decision.allowed:
            raise LimitReached(f"too many letters were asked for: try again in {round(decision.retry_after / 60) + 1} min")

    async def _tell(self, account: Account, address: str, about: str, words: dict[str, str]) -> None:
        """Write what is good to know; what was done is done without it."""
        try:
            await self._letter(account, address, about, words)
        except PosthouseError as error:
            _log.warning("%s is not told: %s", account.address, error)

    async def _letter(self, account: Account, address: str, about: str, words: dict[str, str]) -> None:
        said = wording(account.language.partition("-")[0], about, words)
        await self._parts.letters.send(parse_mailbox(address), said.subject, said.text, account.domain)


def _owner(account: Account, source: Source) -> Principal:
    return Principal(account.id, account.address, account.role, reach=account.reach, origin=source.address, service=Service.WEBMAIL)
