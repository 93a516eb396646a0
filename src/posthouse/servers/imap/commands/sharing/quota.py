"""GETQUOTA GETQUOTAROOT SETQUOTA, and the warning before a mailbox is full (RFC 9208)."""

import logging
from typing import Final

from posthouse.foundation.errors import NotFound, PosthouseError
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.quota import Quota
from posthouse.model.settings.people import QUOTA_WARNING_PERCENT
from posthouse.model.sharing.rights import Right
from posthouse.protocols.imap.commands.sharing.quota import GetQuota, GetQuotaRoot, SetQuota
from posthouse.protocols.imap.responses import sharing as response
from posthouse.protocols.imap.responses.codes import CANNOT, NONEXISTENT, OVERQUOTA
from posthouse.protocols.imap.responses.status import untagged_no
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.session import Session
from posthouse.services.mail import Mail
from posthouse.services.sharing.quotas import KIBIBYTE, passed

_SETTABLE: Final = ("STORAGE", "MESSAGE")

_log = logging.getLogger(__name__)


async def get_quota(session: Session, command: GetQuota) -> Done:
    """Say what is used of a root and what may be."""
    account = await _root(session, command.root)
    session.write(_line(account, await session.house.quotas.used(account)))
    return Done("Quota told")


async def get_quota_root(session: Session, command: GetQuotaRoot) -> Done:
    """Say which root a mailbox has, and what is used of it."""
    _, folders = session.the_mail()
    folder = await folders.find(command.mailbox)
    await folder.mail.require(folder.mailbox.id, Right.READ)
    account = await session.house.people.account(folder.mail.account_id)
    quota = await session.house.quotas.used(account)
    session.write(response.quota_root(folder.name, [account.address], utf8=session.connection.utf8) + _line(account, quota))
    return Done("Quota told")


async def set_quota(session: Session, command: SetQuota) -> Done:
    """Set limits; a resource not named has none any more (RFC 9208 §4.1.3)."""
    account = await _root(session, command.root)
    limits = dict(command.limits)
    if any(name not in _SETTABLE for name in limits):
        raise No(f"Limits can be set for {' and '.join(_SETTABLE)}", CANNOT)
    octets, messages = limits.get("STORAGE", 0) * KIBIBYTE, limits.get("MESSAGE", 0)
    quota = await session.house.quotas.set(_principal(session), account, octets, messages)
    session.write(_line(account, quota))
    return Done("Quota set")


async def warn(session: Session, mail: Mail) -> None:
    """Say once a session that a mailbox is nearly full; a command that has done its work does not fail for it."""
    percent = session.house.settings[QUOTA_WARNING_PERCENT]
    if not percent or mail.account_id in session.warned:
        return
    try:
        words = passed(await mail.quota(), percent)
    except PosthouseError as error:
        _log.warning("a quota could not be read: %s", error)
        return
    if words is not None:
        session.warned.add(mail.account_id)
        session.write(untagged_no(session.modes.say(words), OVERQUOTA))


async def _root(session: Session, name: str) -> Account:
    try:
        return await session.house.quotas.root(_principal(session), name)
    except NotFound:
        raise No("There is no such quota root", NONEXISTENT) from None


def _principal(session: Session) -> Principal:
    assert session.principal is not None
    return session.principal


def _line(account: Account, quota: Quota) -> bytes:
    """``* QUOTA``: only resources with a limit are told."""
    resources = [
        (b"STORAGE", -(-quota.octets // KIBIBYTE), quota.octets_limit // KIBIBYTE),
        (b"MESSAGE", quota.messages, quota.messages_limit),
        (b"MAILBOX", quota.mailboxes, quota.mailboxes_limit),
    ]
    return response.quota(account.address, [resource for resource in resources if resource[2]])
