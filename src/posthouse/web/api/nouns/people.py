"""People whom an LDAP server knows."""

import msgspec

from posthouse.model.role import Act
from posthouse.services.administer.outside.syncing import PeopleSync, Synced, Tested
from posthouse.web.api.endpoint import Call, Endpoint, Where


class LdapTestQuery(msgspec.Struct, frozen=True):
    """About whom."""

    address: str = ""
    """A mailbox that shall be found; empty: whether anybody answers."""


class LdapSyncQuery(msgspec.Struct, frozen=True):
    """How."""

    plan: bool = False
    """Only tell what would be done."""
    force: bool = False
    """Suspend more than a fifth of the mailboxes, if it comes to that."""


def _sync(call: Call) -> PeopleSync:
    return PeopleSync(call.house.administration, call.house.people)


async def _test(call: Call) -> Tested:
    return await _sync(call).test(call.principal, call.path["domain"], call.query.address)


async def _synced(call: Call) -> Synced:
    if call.query.plan:
        return await _sync(call).plan(call.principal, call.path["domain"])
    return await _sync(call).sync(call.principal, call.path["domain"], force=call.query.force)


_LDAP = "/domains/{domain}/ldap"
ENDPOINTS = (
    Endpoint(
        method="POST", path=f"{_LDAP}/test", act=Act.ACCOUNT_ADD, where=Where.DOMAIN, handle=_test, answer=Tested,
        query=LdapTestQuery,
        summary="See whether the LDAP server of a domain answers, and which entry a mailbox has.",
    ),
    Endpoint(
        method="POST", path=f"{_LDAP}/sync", act=Act.ACCOUNT_ADD, where=Where.DOMAIN, handle=_synced, answer=Synced,
        query=LdapSyncQuery,
        summary="Let the mailboxes of a domain follow the people in LDAP, or tell what that would take.",
    ),
)  # fmt: skip
