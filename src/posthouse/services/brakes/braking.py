"""Counting what accounts send, and stopping one that seems to be in other hands.

A keeper that is silent lets everybody send: mail that must go is worth more than a count.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from posthouse.filters.greylist.naming import network_of
from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotPermitted, PosthouseError, TemporaryFailure
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, CredentialKind
from posthouse.model.traffic.sending import SEND_HIJACK, SEND_HIJACK_ACTIONS
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.outgoing import Outgoing, Sending, Signs
from posthouse.ports.queue import Queue
from posthouse.services.brakes.held import change_queued, senders_of
from posthouse.services.brakes.limits import allowances_of, exhausted
from posthouse.services.languages.speaking import translated
from posthouse.services.letters.writing import Letters
from posthouse.services.receive.reception import Reception
from posthouse.services.receive.recipients import POSTMASTER
from posthouse.services.settings import Settings

STOPPED: Final = "sending from {} has been stopped: {}; ask your administrator"
_REASONS: Final = {
    "new": "{} new recipients in an hour",
    "failures": "{} recipients that do not exist in an hour",
    "networks": "mail from {} new networks in a day",
}
_log = logging.getLogger(__name__)


class SendingStopped(NotPermitted):
    """The account may not send until somebody has looked at it."""


def require_sending(account: Account) -> None:
    """Raise SendingStopped for an account that may not send."""
    if account.sending_stopped:
        raise SendingStopped(STOPPED.format(account.address, account.sending_stopped))


@dataclass(frozen=True)
class BrakeParts:
    """What braking works with."""

    directory: Directory
    outgoing: Outgoing
    queues: Mapping[int, Queue]
    """Of all workers: what an account has sent may wait in any."""
    letters: Letters
    settings: Settings
    clock: Clock


class Brakes:
    """The verbs of those who send for others."""

    def __init__(self, parts: BrakeParts) -> None:
        self._parts = parts

    async def spend(self, account: Account, reception: Reception) -> None:
        """Count a message that is about to be taken from an account.

        Raises: SendingLimited; SendingStopped, also for the message that shows that the account is in other hands.
        """
        require_sending(account)
        address = reception.client.address
        keys = tuple(address_key(expected.wanted.address) for expected in reception.recipients)
        now = self._parts.clock.now()
        allowances = await allowances_of(self._parts.settings, account, address)
        try:
            sending = Sending(account.id, keys, network_of(address) if address else "")
            spent = await self._parts.outgoing.spend(sending, allowances, now)
            signs = spent.signs
            if reception.turned_away:
                signs = await self._parts.outgoing.failed(account.id, reception.turned_away, now)
        except TemporaryFailure as error:
            _log.warning("what %s sends is not counted: %s", account.address, error)
            return
        if why := await self._suspicion(account, signs):
            await self.stop(account, why)
            if (await self._parts.settings.get(SEND_HIJACK_ACTIONS, **_scope(account))).count("suspend"):
                raise SendingStopped(STOPPED.format(account.address, why))
        if spent.exhausted is not None:
            raise exhausted(spent.exhausted, now)

    async def failed(self, reverse_path: str, count: int) -> None:
        """Count recipients that do not exist of mail that one of us has sent. Never raises: nobody waits for it."""
        try:
            account = await self._author(reverse_path)
            if account is None or account.sending_stopped:
                return
            signs = await self._parts.outgoing.failed(account.id, count, self._parts.clock.now())
            if why := await self._suspicion(account, signs):
                await self.stop(account, why)
        except PosthouseError as error:
            _log.warning("failures of %s are not counted: %s", reverse_path, error)

    async def stop(self, account: Account, why: str) -> None:
        """Do what is to be done about an account in other hands (setting ``send.hijack_actions``). Raises: Unavailable."""
        actions = await self._parts.settings.get(SEND_HIJACK_ACTIONS, **_scope(account))
        _log.warning("%s seems to be in other hands: %s (%s)", account.address, why, ", ".join(actions))
        if "suspend" in actions:
            stopped = msgspec.structs.replace(account, sending_stopped=why)
            await self._parts.directory.replace_account(stopped)
        await self._revoke(account, actions)
        if "purge" in actions or "hold" in actions:
            senders = await senders_of(self._parts.directory, account)
            await change_queued(self._parts.queues.values(), senders, "purge" if "purge" in actions else "hold")
        if "notify" in actions:
            await self._notify(account, why)
        # What has been acted on is forgotten: where sending goes on, the next message is no reason to do it all again.
        await self._parts.outgoing.forget(account.id)

    async def _revoke(self, account: Account, actions: list[str]) -> None:
        kinds = {
            CredentialKind.PASSWORD: "password",
            CredentialKind.APP_PASSWORD: "app-passwords",
            CredentialKind.TOKEN: "app-passwords",
        }
        known = await self._parts.directory.credentials(account.id)
        gone = [credential.id for credential in known if kinds.get(credential.kind) in actions]
        if gone:
            await self._parts.directory.remove_credentials(account.id, gone)

    async def _notify(self, account: Account, why: str) -> None:
        domain = parse_mailbox(account.address).domain
        readers = [(Address(POSTMASTER, domain), "en")]
        if account.recovery_address:
            readers.append((parse_mailbox(account.recovery_address), account.language))
        for reader, language in readers:
            subject = translated(f"Sending from {account.address} has been stopped", language)
            text = translated(
                f"{account.address} seems to be in other hands: {why}. Its mail waits until an administrator has looked.", language
            )
            advice = translated(
                "Change the password and remove app passwords you do not know; then the administrator lets it send again with:",
                language,
            )
            command = f"posthouse account restore {account.address} --release"
            try:
                await self._parts.letters.send(reader, subject, f"{text}\n\n{advice}\n\n    {command}\n", account.domain)
            except TemporaryFailure as error:
                _log.warning("nobody could be told about %s: %s", account.address, error)

    async def _suspicion(self, account: Account, signs: Signs) -> str:
        limits = await self._parts.settings.get(SEND_HIJACK, **_scope(account))
        for name, reason in _REASONS.items():
            found = getattr(signs, name)
            if 0 < limits.get(name, 0) <= found:
                return reason.format(found)
        return ""

    async def _author(self, reverse_path: str) -> Account | None:
        try:
            key = address_key(parse_mailbox(reverse_path))
        except (InvalidMailbox, ValueError):
            return None
        account = await self._parts.directory.account_at(key)
        if account is not None:
            return account
        alias = await self._parts.directory.alias(key)
        if alias is None or len(alias.targets) != 1:
            return None
        return await self._parts.directory.account_at(address_key(parse_mailbox(alias.targets[0])))


def _scope(account: Account) -> dict[str, str]:
    return {"domain": account.domain, "account": to_text(account.id)}
