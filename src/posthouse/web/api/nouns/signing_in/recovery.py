"""Forgotten passwords, and the address that helps then."""

import msgspec

from posthouse.foundation.errors import AuthenticationFailed, NotFound
from posthouse.services.browsers.recovery import Recovery
from posthouse.web.api.endpoint import Call, Endpoint, Where
from posthouse.web.api.nouns.signing_in.session import browsers_of
from posthouse.web.api.problems import ProblemError


class ForgottenPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    login: str


class NewPasswordPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the link of a letter is for."""

    token: str
    new: str


class RecoveryAddressPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one can be reached when the account cannot be used."""

    address: str
    """Empty: nowhere."""


class LetterSent(msgspec.Struct, frozen=True):
    """A letter with a link is on its way."""

    to: str
    """Empty: none was needed."""


class TokenPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The link of a letter."""

    token: str


def _recovery(call: Call) -> Recovery:
    return browsers_of(call.house).recovery


async def _forgotten(call: Call) -> None:
    await _recovery(call).admit(call.source)
    _recovery(call).write_soon(call.body.login, call.source)


async def _new_password(call: Call) -> None:
    try:
        await _recovery(call).set_password(call.body.token, call.body.new, call.source)
    except AuthenticationFailed as over:
        raise ProblemError("invalid", str(over), "$.token") from None


async def _address(call: Call) -> LetterSent:
    if call.session is None:
        raise NotFound("a program sets it with PATCH /accounts/{address}, as its role may")
    return LetterSent(await _recovery(call).begin_address(call.session, call.body.address))


async def _confirm(call: Call) -> None:
    try:
        await _recovery(call).confirm_address(call.body.token, call.source)
    except AuthenticationFailed as over:
        raise ProblemError("invalid", str(over), "$.token") from None


ENDPOINTS = (
    Endpoint(
        method="POST", path="/session/recovery", act=None, where=Where.ANYBODY,
        summary="Ask for a letter to the recovery address; the answer is the same whether there is one.", handle=_forgotten,
        body=ForgottenPost, example=ForgottenPost("alice@example.test"),
    ),
    Endpoint(
        method="POST", path="/session/recovery/password", act=None, where=Where.ANYBODY,
        summary="Choose a new password with the link of the letter.", handle=_new_password, body=NewPasswordPost,
        example=NewPasswordPost("x", "An0ther-horse"),
    ),
    Endpoint(
        method="PUT", path="/session/recovery-address", act=None, where=Where.OWN,
        summary="Ask for another recovery address of one's own; it counts once the link in a letter to it is followed.",
        handle=_address, answer=LetterSent, body=RecoveryAddressPut, example=RecoveryAddressPut("alice@elsewhere.example"),
    ),
    Endpoint(
        method="POST", path="/session/recovery-address/confirm", act=None, where=Where.ANYBODY,
        summary="Follow the link of the letter to a recovery address.", handle=_confirm, body=TokenPost, example=TokenPost("x"),
    ),
)  # fmt: skip
