"""Second factors."""

import datetime as dt

import msgspec

from posthouse.model.role import Act
from posthouse.services.administer.signing_in.second_factors import NewProgram, SecondFactors
from posthouse.web.api.endpoint import Call, Created, Endpoint, Where, moment
from posthouse.web.api.nouns.values import Answered


class SecondFactorValue(msgspec.Struct, frozen=True):
    """A second factor."""

    kind: str
    """``totp``, ``recovery-codes``, ``passkey``."""
    created_at: dt.datetime | None
    is_set_up: bool
    left: int
    """Of recovery codes: those that have not been used."""


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the program shows."""

    code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """New recovery codes."""

    recovery_codes: list[str]
    """Here and never again."""


def _verbs(call: Call) -> SecondFactors:
    return SecondFactors(call.house.administration, call.house.hostname)


async def _all(call: Call) -> list[SecondFactorValue]:
    found = await _verbs(call).all(call.principal, call.path["address"])
    return [SecondFactorValue(each.kind, moment(each.created_at), each.is_set_up, each.left) for each in found]


async def _begin(call: Call) -> Created:
    address = call.path["address"]
    return Created(await _verbs(call).begin(call.principal, address), f"/accounts/{address}/second-factors")


async def _confirm(call: Call) -> RecoveryCodes:
    return RecoveryCodes(list(await _verbs(call).confirm(call.principal, call.path["address"], call.body.code)))


async def _codes(call: Call) -> RecoveryCodes:
    return RecoveryCodes(list(await _verbs(call).renew_codes(call.principal, call.path["address"])))


async def _reset(call: Call) -> Answered:
    return Answered(await _verbs(call).reset(call.principal, call.path["address"]))


_ALL = "/accounts/{address}/second-factors"
ENDPOINTS = (
    Endpoint(
        method="GET", path=_ALL, act=Act.SECOND_FACTOR_LOOK, where=Where.DOMAIN, summary="List the second factors of an account.",
        handle=_all, answer=list[SecondFactorValue],
    ),
    Endpoint(
        method="POST", path=_ALL, act=Act.SECOND_FACTOR_CHANGE, where=Where.DOMAIN,
        summary="Begin to set an authenticator program up.", handle=_begin, answer=NewProgram, status=201,
    ),
    Endpoint(
        method="POST", path=f"{_ALL}/confirm", act=Act.SECOND_FACTOR_CHANGE, where=Where.DOMAIN,
        summary="Take the first code of the program.", handle=_confirm, answer=RecoveryCodes, body=Code, example=Code("123456"),
    ),
    Endpoint(
        method="POST", path=f"{_ALL}/codes", act=Act.SECOND_FACTOR_CHANGE, where=Where.DOMAIN, summary="Make new recovery codes.",
        handle=_codes, answer=RecoveryCodes,
    ),
    Endpoint(
        method="DELETE", path=_ALL, act=Act.SECOND_FACTOR_CHANGE, where=Where.DOMAIN, summary="Take all second factors away.",
        handle=_reset, answer=Answered,
    ),
)  # fmt: skip
