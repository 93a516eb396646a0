"""What an account says by itself (B6). Owners may change it for themselves."""

import msgspec

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.administer.finding import accounts_seen, permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account

TEXT_CHARACTERS = 10_000
SUBJECT_CHARACTERS = 200
MOST_PER_DAY = 100


class AutoReplying:
    """The verbs; all raise Unavailable, and NotPermitted for whoever is neither the owner nor above it."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def all(self, principal: Principal, domain: str | None = None) -> list[Account]:
        """Accounts that have an automatic reply, by address. Raises: Invalid, NotFound (the domain)."""
        principal.require_some(Act.AUTO_REPLY_LOOK)
        key = (
            None if domain is None else (await permitted_domain(self._parts.directory, principal, Act.AUTO_REPLY_LOOK, domain)).key
        )
        return [account for account in await accounts_seen(self._parts.directory, principal, key) if account.auto_reply is not None]

    async def get(self, principal: Principal, address: str) -> AutoReply:
        """The reply of an account. Raises: Invalid, NotFound (the account, a reply)."""
        account = await permitted_account(self._parts, principal, Act.AUTO_REPLY_LOOK, address)
        if account.auto_reply is None:
            raise NotFound(f"{account.address} has no automatic reply")
        return account.auto_reply

    async def set(self, principal: Principal, address: str, reply: AutoReply) -> Account:
        """Answer what comes from now on. Raises: Invalid (in words), NotFound."""
        account = await permitted_account(self._parts, principal, Act.AUTO_REPLY_CHANGE, address)
        _check(reply)
        return await self._replace(principal, account, reply)

    async def remove(self, principal: Principal, address: str) -> Account:
        """Answer nobody any more. Raises: Invalid, NotFound (the account, a reply)."""
        account = await permitted_account(self._parts, principal, Act.AUTO_REPLY_CHANGE, address)
        if account.auto_reply is None:
            raise NotFound(f"{account.address} has no automatic reply")
        if not account.keeps_mail and not account.forwards_to:
            raise Invalid(f"mail for {account.address} would be refused: posthouse forward keep {account.address} first")
        return await self._replace(principal, account, None)

    async def _replace(self, principal: Principal, account: Account, reply: AutoReply | None) -> Account:
        changed = msgspec.structs.replace(account, auto_reply=reply)
        if changed != account:
            async with self._parts.recorded(
                principal, Act.AUTO_REPLY_CHANGE, about_account(account), before=account, after=changed
            ):
                await self._parts.directory.replace_account(changed)
        return changed


def _check(reply: AutoReply) -> None:
    if not reply.text.strip():
        raise Invalid("an automatic reply needs a text")
    if len(reply.text) > TEXT_CHARACTERS:
        raise Invalid(f"the text is longer than {TEXT_CHARACTERS} characters")
    if len(reply.subject) > SUBJECT_CHARACTERS:
        raise Invalid(f"the subject is longer than {SUBJECT_CHARACTERS} characters")
    if not 1 <= reply.most_per_day <= MOST_PER_DAY:
        raise Invalid(f"one sender is answered once to {MOST_PER_DAY} times a day")
    if reply.ends_at and reply.ends_at <= reply.begins_at:
        raise Invalid("the automatic reply would end before it begins")
