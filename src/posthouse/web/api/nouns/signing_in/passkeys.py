"""Passkeys: signing in with one, making one, the list of them."""

import datetime as dt
from typing import Any

import msgspec

from posthouse.foundation.errors import NotFound, Refused
from posthouse.foundation.ids import to_text
from posthouse.model.role import Act
from posthouse.services.browsers.passkey_control import Passkey
from posthouse.services.browsers.sessions import SignedIn
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.trust.passkeys import Site
from posthouse.web.api.endpoint import Call, Created, Endpoint, Where, WithSession, moment
from posthouse.web.api.nouns.signing_in.session import SignInAnswer, browsers_of, who
from posthouse.web.api.problems import ProblemError


class PasskeyValue(msgspec.Struct, frozen=True):
    """A passkey."""

    id: str
    name: str
    created_at: dt.datetime | None
    may_be_copied: bool
    """It has been used elsewhere, and is refused."""


class PasskeyOptions(msgspec.Struct, frozen=True):
    """For ``navigator.credentials``: the JSON form of Web Authentication Level 3."""

    options: dict[str, Any]


class StepPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the passkey is for."""

    step: str = ""
    """Of a sign-in that wants a second factor; empty: the passkey alone signs in."""


class PasskeyPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser has proved."""

    credential: dict[str, Any]
    step: str = ""


class NewPasskeyPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser has made."""

    credential: dict[str, Any]
    name: str = ""
    """Empty: it is numbered."""


class NewPasskeyValue(msgspec.Struct, frozen=True):
    """A passkey just made."""

    passkey: PasskeyValue
    recovery_codes: list[str]
    """Where it is the first second factor. Here and never again."""


def _shown(each: Passkey) -> PasskeyValue:
    return PasskeyValue(to_text(each.id), each.name, moment(each.created_at), each.may_be_copied)


def _site(call: Call) -> Site:
    if call.site is None:
        raise Refused(f"passkeys belong to https://{call.house.hostname}: use that name")
    return call.site


def _session(call: Call) -> SignedIn:
    if call.session is None:
        raise NotFound("a passkey is made in a browser that is signed in")
    return call.session


async def _options(call: Call) -> PasskeyOptions:
    return PasskeyOptions(browsers_of(call.house).passkeys.options(_site(call), call.body.step))


async def _sign_in(call: Call) -> WithSession:
    sign_in, answer = browsers_of(call.house).sign_in, msgspec.json.encode(call.body.credential)
    try:
        if call.body.step:
            opened = await sign_in.go_on_with_passkey(call.body.step, answer, _site(call), call.source)
        else:
            opened = await sign_in.sign_in_with_passkey(answer, _site(call), call.source)
    except SignInBlocked as blocked:
        raise ProblemError("too-many-requests", str(blocked)) from None
    return WithSession(SignInAnswer(who(opened)), opened.token)


async def _new_options(call: Call) -> PasskeyOptions:
    return PasskeyOptions(await browsers_of(call.house).passkey_control.begin(_session(call), _site(call)))


async def _add(call: Call) -> Created:
    signed_in, answer = _session(call), msgspec.json.encode(call.body.credential)
    made = await browsers_of(call.house).passkey_control.add(signed_in, call.body.name, answer, _site(call))
    value = NewPasskeyValue(_shown(made.passkey), list(made.recovery_codes))
    return Created(value, f"/accounts/{signed_in.account.address}/passkeys")


async def _all(call: Call) -> list[PasskeyValue]:
    return [_shown(each) for each in await browsers_of(call.house).passkey_control.all(call.principal, call.path["address"])]


async def _remove(call: Call) -> None:
    await browsers_of(call.house).passkey_control.remove(call.principal, call.path["address"], call.path["name"])


_ALL = "/accounts/{address}/passkeys"
_EXAMPLE = {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "x"}}
ENDPOINTS = (
    Endpoint(
        method="GET", path=_ALL, act=Act.SECOND_FACTOR_LOOK, where=Where.DOMAIN, summary="List the passkeys of an account.",
        handle=_all, answer=list[PasskeyValue],
    ),
    Endpoint(
        method="DELETE", path=f"{_ALL}/{{name}}", act=Act.SECOND_FACTOR_CHANGE, where=Where.DOMAIN,
        summary="Remove a passkey; its sessions end.", handle=_remove,
    ),
    Endpoint(
        method="POST", path="/session/passkey/options", act=None, where=Where.ANYBODY, summary="Ask what a passkey shall prove.",
        handle=_options, answer=PasskeyOptions, body=StepPost, example=StepPost(),
    ),
    Endpoint(
        method="POST", path="/session/passkey", act=None, where=Where.ANYBODY,
        summary="Sign in with a passkey, or go on with one as the second factor.", handle=_sign_in, answer=SignInAnswer,
        body=PasskeyPost, example=PasskeyPost(_EXAMPLE),
    ),
    Endpoint(
        method="POST", path="/session/passkeys/options", act=None, where=Where.OWN, summary="Ask what passkey shall be made.",
        handle=_new_options, answer=PasskeyOptions,
    ),
    Endpoint(
        method="POST", path="/session/passkeys", act=None, where=Where.OWN, summary="Keep a new passkey of one's own.", handle=_add,
        answer=NewPasskeyValue, status=201, body=NewPasskeyPost, example=NewPasskeyPost(_EXAMPLE, "phone"),
    ),
)  # fmt: skip
