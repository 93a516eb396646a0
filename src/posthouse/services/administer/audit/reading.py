"""The audit log as people see it: auditors what they may, owners what was done to their own account."""

import msgspec

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid, NotPermitted
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.audit import Audit, Recorded, Sought, Verdict

PAGE = 100
MOST = 1_000
"""Entries a page may have."""


class Page(msgspec.Struct, frozen=True):
    """Some entries, the newest first."""

    entries: tuple[Recorded, ...]
    before: int = 0
    """Where the next page begins; 0: there is none."""


class AuditLog:
    """The verbs; all raise NotPermitted and Unavailable."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def page(self, principal: Principal, sought: Sought, before: int = 0, limit: int = PAGE) -> Page:
        """Entries that are sought, of what this principal may see. Raises: Invalid (the limit)."""
        if not 1 <= limit <= MOST:
            raise Invalid(f"a page has 1 to {MOST} entries")
        sought = msgspec.structs.replace(sought, subject=_as_kept(sought.subject))
        found = await self._audit.read(_seen_by(principal, sought), before, limit + 1)
        return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else 0)

    async def own(self, principal: Principal, before: int = 0, limit: int = PAGE) -> Page:
        """What was done to the principal's own account, whoever did it. Raises: Invalid."""
        if not principal.may_own(Act.AUDIT_LOOK):
            raise NotPermitted(f"this credential is not for this ({Act.AUDIT_LOOK})")
        if not 1 <= limit <= MOST:
            raise Invalid(f"a page has 1 to {MOST} entries")
        found = await self._audit.read(Sought(account=to_text(principal.account_id)), before, limit + 1)
        return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else 0)

    async def verify(self, principal: Principal, number: int = 0, digest: str = "") -> Verdict:
        """Whether anything was altered, taken out or moved; ``digest`` is one that entry ``number`` once had."""
        principal.require(Act.AUDIT_LOOK)
        return await self._audit.verify(number, digest)


def _as_kept(subject: str) -> str:
    """An address in any spelling as entries have it."""
    try:
        return address_key(parse_mailbox(subject.strip()))
    except ValueError:
        return subject.strip()


def _seen_by(principal: Principal, sought: Sought) -> Sought:
    principal.require_some(Act.AUDIT_LOOK)
    if principal.is_everywhere:
        return sought
    domains = principal.reach if sought.domains is None else tuple(domain for domain in sought.domains if domain in principal.reach)
    return msgspec.structs.replace(sought, domains=domains)
