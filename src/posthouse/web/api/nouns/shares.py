"""Who has rights on whose mailboxes."""

import msgspec

from posthouse.model.role import Act
from posthouse.services.administer.shares import EVERYTHING, Share, Shares
from posthouse.web.api.endpoint import Call, Endpoint, Where
from posthouse.web.api.nouns.values import Answered


class ShareQuery(msgspec.Struct, frozen=True):
    """Which mailboxes."""

    mailbox: str | None = None


class SharePut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rights to give."""

    who: str
    rights: str
    """read, write, full, or letters (RFC 4314)."""
    mailbox: str = "INBOX"
    recursive: bool = False


class ShareRemoval(msgspec.Struct, frozen=True):
    """Rights to take."""

    mailbox: str = EVERYTHING
    who: str | None = None
    """Nobody named: everybody's."""
    recursive: bool = False


def _shares(call: Call) -> Shares:
    return Shares(call.house.administration)


async def _all(call: Call) -> list[Share]:
    return await _shares(call).all(call.principal, call.path["address"], call.query.mailbox)


async def _put(call: Call) -> list[Share]:
    body: SharePut = call.body
    return await _shares(call).set(
        call.principal, call.path["address"], body.mailbox, body.who, body.rights, recursive=body.recursive
    )


async def _remove(call: Call) -> Answered:
    query: ShareRemoval = call.query
    count = await _shares(call).remove(call.principal, call.path["address"], query.mailbox, query.who, recursive=query.recursive)
    return Answered(count)


_ALL = "/accounts/{address}/shares"
ENDPOINTS = (
    Endpoint(
        method="GET", path=_ALL, act=Act.SHARE_LOOK, where=Where.DOMAIN, summary="List who has rights on its mailboxes.",
        handle=_all, answer=list[Share], query=ShareQuery,
    ),
    Endpoint(
        method="PUT", path=_ALL, act=Act.SHARE_CHANGE, where=Where.DOMAIN, summary="Give somebody exactly these rights.",
        handle=_put, answer=list[Share], body=SharePut, example=SharePut("bob@example.test", "read"),
    ),
    Endpoint(
        method="DELETE", path=_ALL, act=Act.SHARE_CHANGE, where=Where.DOMAIN, summary="Take rights away.", handle=_remove,
        answer=Answered, query=ShareRemoval,
    ),
)  # fmt: skip
