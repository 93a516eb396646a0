"""Groups."""

from typing import Any

import msgspec

from posthouse.model.role import Act
from posthouse.model.traffic.group import Posting
from posthouse.services.administer.traffic.groups import GroupChanges, GroupReport, Groups
from posthouse.web.api.answering import page_of
from posthouse.web.api.endpoint import Call, Created, Endpoint, Page, Where
from posthouse.web.api.nouns.accounts import AccountListing


class GroupValue(msgspec.Struct, frozen=True):
    """A group."""

    address: str
    display_name: str
    members: list[str]
    posting: Posting
    posters: list[str]
    keeps_copy: bool
    personal: bool
    precedence: int


class GroupPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What shall be different."""

    members: list[str] | None = None
    """Exactly these."""
    display_name: str | None = None
    posting: Posting | None = None
    posters: list[str] | None = None
    keeps_copy: bool | None = None
    personal: bool | None = None
    precedence: int | None = None


class GroupPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group to make."""

    address: str
    members: list[str] = []
    display_name: str | None = None
    posting: Posting | None = None
    posters: list[str] | None = None
    keeps_copy: bool | None = None
    personal: bool | None = None
    precedence: int | None = None


def _shown(report: GroupReport) -> GroupValue:
    group = report.group
    return GroupValue(
        report.account.address,
        report.account.display_name,
        list(group.members),
        group.posting,
        list(group.posters),
        group.keeps_copy,
        group.personal,
        group.precedence,
    )


def _changes(body: GroupPost | GroupPatch) -> GroupChanges:
    return GroupChanges(
        display_name=body.display_name,
        posting=body.posting,
        posters=body.posters,
        keeps_copy=body.keeps_copy,
        personal=body.personal,
        precedence=body.precedence,
    )


def _groups(call: Call) -> Groups:
    return Groups(call.house.administration)


async def _all(call: Call) -> Page[Any]:
    found = await _groups(call).all(call.principal, call.query.domain)
    return page_of(found, lambda report: report.account.key, call.query.after, call.query.limit, _shown)


async def _add(call: Call) -> Created:
    body: GroupPost = call.body
    report = await _groups(call).add(call.principal, body.address, body.members, _changes(body))
    return Created(_shown(report), f"/groups/{report.account.address}")


async def _get(call: Call) -> GroupValue:
    return _shown(await _groups(call).get(call.principal, call.path["address"]))


async def _change(call: Call) -> GroupValue:
    body: GroupPatch = call.body
    address = call.path["address"]
    report = await _groups(call).change(call.principal, address, _changes(body))
    if body.members is not None:
        kept, wanted = set(report.group.members), list(body.members)
        await _groups(call).add_members(call.principal, address, wanted)
        report = await _groups(call).get(call.principal, address)
        added = set(report.group.members) - kept
        gone = [member for member in report.group.members if member not in wanted and member not in added]
        if gone:
            report = await _groups(call).remove_members(call.principal, address, gone)
    return _shown(report)


async def _remove(call: Call) -> None:
    await _groups(call).remove(call.principal, call.path["address"])


_ONE = "/groups/{address}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/groups", act=Act.GROUP_LOOK, where=Where.SEEN, summary="List the groups.", handle=_all,
        answer=Page[GroupValue], query=AccountListing,
    ),
    Endpoint(
        method="POST", path="/groups", act=Act.GROUP_ADD, where=Where.DOMAIN, summary="Make a group.", handle=_add,
        answer=GroupValue, status=201, body=GroupPost, example=GroupPost(address="crew@example.test", members=["bob@example.test"]),
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.GROUP_LOOK, where=Where.DOMAIN, summary="Show a group.", handle=_get, answer=GroupValue,
    ),
    Endpoint(
        method="PATCH", path=_ONE, act=Act.GROUP_CHANGE, where=Where.DOMAIN, summary="Change a group.", handle=_change,
        answer=GroupValue, body=GroupPatch, example=GroupPatch(personal=True),
    ),
    Endpoint(method="DELETE", path=_ONE, act=Act.GROUP_REMOVE, where=Where.DOMAIN, summary="Remove a group.", handle=_remove),
)  # fmt: skip
