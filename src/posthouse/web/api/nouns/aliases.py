"""Aliases."""

import datetime as dt
from typing import Any

import msgspec

from posthouse.model.account import Alias
from posthouse.model.role import Act
from posthouse.services.administer.aliases import Aliases
from posthouse.web.api.answering import begun, read_cursor
from posthouse.web.api.endpoint import Call, Created, Endpoint, Page, Where, moment
from posthouse.web.api.nouns.accounts import AccountListing


class AliasValue(msgspec.Struct, frozen=True):
    """An alias."""

    address: str
    targets: list[str]
    created_at: dt.datetime | None


class AliasPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alias to make."""

    address: str
    targets: list[str]


class AliasTargets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other targets."""

    targets: list[str]


def _shown(alias: Alias) -> AliasValue:
    return AliasValue(alias.address, list(alias.targets), moment(alias.created_at))


def _aliases(call: Call) -> Aliases:
    return Aliases(call.house.administration)


async def _all(call: Call) -> Page[Any]:
    after, limit = read_cursor(call.query.after), call.query.limit
    found = await _aliases(call).page(call.principal, call.query.domain, after, limit + 1)
    return begun(found, lambda alias: alias.key, limit, _shown)


async def _add(call: Call) -> Created:
    alias = await _aliases(call).add(call.principal, call.body.address, call.body.targets)
    return Created(_shown(alias), f"/aliases/{alias.address}")


async def _get(call: Call) -> AliasValue:
    return _shown(await _aliases(call).get(call.principal, call.path["address"]))


async def _put(call: Call) -> AliasValue:
    return _shown(await _aliases(call).change(call.principal, call.path["address"], call.body.targets))


async def _remove(call: Call) -> None:
    await _aliases(call).remove(call.principal, call.path["address"])


_ONE = "/aliases/{address}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/aliases", act=Act.ALIAS_LOOK, where=Where.SEEN, summary="List the aliases.", handle=_all,
        answer=Page[AliasValue], query=AccountListing,
    ),
    Endpoint(
        method="POST", path="/aliases", act=Act.ALIAS_CHANGE, where=Where.DOMAIN, summary="Make an alias.", handle=_add,
        answer=AliasValue, status=201, body=AliasPost, example=AliasPost("more@example.test", ["someone@elsewhere.example"]),
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.ALIAS_LOOK, where=Where.DOMAIN, summary="Show an alias.", handle=_get, answer=AliasValue,
    ),
    Endpoint(
        method="PUT", path=_ONE, act=Act.ALIAS_CHANGE, where=Where.DOMAIN, summary="Give it other targets.", handle=_put,
        answer=AliasValue, body=AliasTargets, example=AliasTargets(["someone@elsewhere.example"]),
    ),
    Endpoint(method="DELETE", path=_ONE, act=Act.ALIAS_CHANGE, where=Where.DOMAIN, summary="Remove an alias.", handle=_remove),
)  # fmt: skip
