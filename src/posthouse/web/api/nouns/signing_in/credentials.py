"""App passwords and tokens."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from posthouse.foundation.ids import to_text
from posthouse.model.account import Credential
from posthouse.model.role import Act
from posthouse.ports.credential_uses import Use
from posthouse.services.administer.access.tokens import TokenControl, UsedToken, WantedToken
from posthouse.services.administer.credentials import AppPasswords
from posthouse.services.administer.signing_in.programs import Programs
from posthouse.web.api.endpoint import Call, Created, Endpoint, Where, moment, seconds_of
from posthouse.web.api.nouns.values import Answered


class AppPasswordValue(msgspec.Struct, frozen=True):
    """An app password; what it is nobody can tell any more."""

    id: str
    name: str
    begins: str
    """Its first characters."""
    protocols: list[str]
    """Empty: all."""
    created_at: dt.datetime | None
    expires_at: dt.datetime | None


class UseValue(msgspec.Struct, frozen=True):
    """The last time a program signed in with it."""

    protocol: str
    program: str
    address: str
    at: dt.datetime | None


class UsedAppPassword(msgspec.Struct, frozen=True):
    """An app password and the programs that use it."""

    app_password: AppPasswordValue
    uses: list[UseValue]


class NewAppPasswordValue(msgspec.Struct, frozen=True):
    """An app password just made."""

    app_password: AppPasswordValue
    password: str
    """Here and never again."""


class AppPasswordPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An app password to make."""

    name: str = ""
    """Empty: it is numbered."""
    expires_at: dt.datetime | None = None
    protocols: list[str] = []
    """Only for these; empty: for all."""


class TokenValue(msgspec.Struct, frozen=True):
    """A token; what it is nobody can tell any more."""

    id: str
    name: str
    acts: list[str]
    """Empty: all its account may do."""
    domains: list[str]
    """Empty: all its account's role holds in."""
    protocols: list[str]
    """Over which mail programs may show it; empty: none."""
    created_at: dt.datetime | None
    expires_at: dt.datetime | None
    uses: list[UseValue] = []
    """By mail programs, the last one first."""


class NewTokenValue(msgspec.Struct, frozen=True):
    """A token just made."""

    token: TokenValue
    secret: str
    """Here and never again."""


class TokenPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make."""

    name: str
    acts: list[str] = []
    """Acts, nouns, or read-only; empty: all its account may do."""
    domains: list[str] = []
    protocols: list[str] = []
    """Mail programs may show it over these; without acts it is for nothing else."""
    expires_at: dt.datetime | None = None


def _shown(credential: Credential) -> AppPasswordValue:
    return AppPasswordValue(
        to_text(credential.id),
        credential.name,
        credential.lookup,
        list(credential.protocols),
        moment(credential.created_at),
        moment(credential.expires_at),
    )


def _token(used: UsedToken) -> TokenValue:
    token = used.credential
    return TokenValue(
        to_text(token.id),
        token.name,
        list(token.acts),
        list(token.places),
        list(token.protocols),
        moment(token.created_at),
        moment(token.expires_at),
        _uses(used.uses),
    )


def _uses(uses: Sequence[Use]) -> list[UseValue]:
    return [UseValue(use.protocol, use.program, use.address, moment(use.at)) for use in uses]


def _passwords(call: Call) -> AppPasswords:
    return AppPasswords(call.house.administration)


def _tokens(call: Call) -> TokenControl:
    return TokenControl(call.house.administration, call.house.uses)


async def _all(call: Call) -> list[UsedAppPassword]:
    found = await Programs(call.house.administration, call.house.uses).all(call.principal, call.path["address"])
    return [UsedAppPassword(_shown(each.credential), _uses(each.uses)) for each in found]


async def _add(call: Call) -> Created:
    address, body = call.path["address"], call.body
    made = await _passwords(call).add(call.principal, address, body.name, seconds_of(body.expires_at), body.protocols)
    return Created(NewAppPasswordValue(_shown(made.credential), made.password), f"/accounts/{address}/app-passwords")


async def _remove(call: Call) -> None:
    await _passwords(call).remove(call.principal, call.path["address"], call.path["name"])


async def _clear(call: Call) -> Answered:
    return Answered(await _passwords(call).clear(call.principal, call.path["address"]))


async def _all_tokens(call: Call) -> list[TokenValue]:
    return [_token(each) for each in await _tokens(call).all(call.principal, call.path["address"])]


async def _add_token(call: Call) -> Created:
    address, body = call.path["address"], call.body
    wanted = WantedToken(
        name=body.name,
        acts=tuple(body.acts),
        domains=tuple(body.domains),
        protocols=tuple(body.protocols),
        expires_at=seconds_of(body.expires_at),
    )
    made = await _tokens(call).add(call.principal, address, wanted)
    return Created(NewTokenValue(_token(UsedToken(made.credential)), made.token), f"/accounts/{address}/tokens")


async def _remove_token(call: Call) -> None:
    await _tokens(call).remove(call.principal, call.path["address"], call.path["name"])


_ALL = "/accounts/{address}/app-passwords"
_TOKENS = "/accounts/{address}/tokens"
ENDPOINTS = (
    Endpoint(
        method="GET", path=_ALL, act=Act.APP_PASSWORD_LOOK, where=Where.DOMAIN, summary="List the app passwords of an account.",
        handle=_all, answer=list[UsedAppPassword],
    ),
    Endpoint(
        method="POST", path=_ALL, act=Act.APP_PASSWORD_ADD, where=Where.DOMAIN, summary="Make an app password.", handle=_add,
        answer=NewAppPasswordValue, status=201, body=AppPasswordPost, example=AppPasswordPost("phone"),
    ),
    Endpoint(
        method="DELETE", path=f"{_ALL}/{{name}}", act=Act.APP_PASSWORD_REMOVE, where=Where.DOMAIN,
        summary="Revoke an app password; its sessions end.", handle=_remove,
    ),
    Endpoint(
        method="POST", path=f"{_ALL}/clear", act=Act.APP_PASSWORD_REMOVE, where=Where.DOMAIN, summary="Revoke all app passwords.",
        handle=_clear, answer=Answered,
    ),
    Endpoint(
        method="GET", path=_TOKENS, act=Act.TOKEN_LOOK, where=Where.DOMAIN, summary="List the tokens of an account.",
        handle=_all_tokens, answer=list[TokenValue],
    ),
    Endpoint(
        method="POST", path=_TOKENS, act=Act.TOKEN_CHANGE, where=Where.DOMAIN, summary="Make a token.", handle=_add_token,
        answer=NewTokenValue, status=201, body=TokenPost, example=TokenPost("billing", ["account"]),
    ),
    Endpoint(
        method="DELETE", path=f"{_TOKENS}/{{name}}", act=Act.TOKEN_CHANGE, where=Where.DOMAIN, summary="Revoke a token.",
        handle=_remove_token,
    ),
)  # fmt: skip
