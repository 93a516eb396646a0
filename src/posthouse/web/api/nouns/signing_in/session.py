"""The session of a browser: signing in, who one is, signing out."""

import datetime as dt

import msgspec

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import to_text
from posthouse.services.browsers.sessions import Opened, SignedIn
from posthouse.services.browsers.signing_in import SecondFactorWanted
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.web.api.endpoint import Call, Endpoint, Where, WithSession, moment
from posthouse.web.api.house import ApiHouse
from posthouse.web.api.problems import ProblemError
from posthouse.web.browsers import Browsers


class SessionValue(msgspec.Struct, frozen=True):
    """A browser that is signed in."""

    id: str
    created_at: dt.datetime | None
    ends_at: dt.datetime | None
    """At the latest."""
    proofs: list[str]
    """By what its owner was recognised: ``password``, ``totp``, ``recovery-codes``, ``passkey``, ``outside``."""
    new_password_wanted: bool
    """The password is weaker than passwords have to be by now."""


class WhoAmI(msgspec.Struct, frozen=True):
    """Who is signed in."""

    account: str
    display_name: str
    role: str
    session: SessionValue | None
    """Null for a token."""


class SecondFactorValue(msgspec.Struct, frozen=True):
    """What is wanted beside the password."""

    step: str
    """To be sent with the code."""
    kinds: list[str]
    """``totp``, ``recovery-codes``."""


class SignInAnswer(msgspec.Struct, frozen=True):
    """Either somebody is signed in, and the answer sets a cookie; or a second factor is wanted."""

    signed_in: WhoAmI | None = None
    second_factor: SecondFactorValue | None = None


class SignInPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account password; app passwords are for mail programs."""

    login: str
    password: str


class CodePost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second step."""

    step: str
    code: str
    """What the authenticator program shows, or a recovery code."""


def browsers_of(house: ApiHouse) -> Browsers:
    """What browsers sign in with. Raises: NotFound where they cannot."""
    if house.browsers is None:
        raise NotFound("nobody signs in with a browser here")
    return house.browsers


def who(signed_in: SignedIn | Opened) -> WhoAmI:
    """Whom a session stands for."""
    account, session = signed_in.account, signed_in.session
    return WhoAmI(
        account.address,
        account.display_name,
        account.role.words,
        SessionValue(
            to_text(session.id),
            moment(session.created_at),
            moment(session.until),
            list(session.proofs),
            session.new_password_wanted,
        ),
    )


async def _sign_in(call: Call) -> WithSession:
    try:
        found = await browsers_of(call.house).sign_in.sign_in(call.body.login, call.body.password, call.source)
    except SignInBlocked as blocked:
        raise ProblemError("too-many-requests", str(blocked)) from None
    if isinstance(found, SecondFactorWanted):
        return WithSession(SignInAnswer(second_factor=SecondFactorValue(found.step, list(found.kinds))))
    return WithSession(SignInAnswer(who(found)), found.token)


async def _go_on(call: Call) -> WithSession:
    try:
        opened = await browsers_of(call.house).sign_in.go_on(call.body.step, call.body.code, call.source)
    except SignInBlocked as blocked:
        raise ProblemError("too-many-requests", str(blocked)) from None
    return WithSession(SignInAnswer(who(opened)), opened.token)


async def _who_am_i(call: Call) -> WhoAmI:
    if call.session is not None:
        return who(call.session)
    account = await call.house.administration.directory.account(call.principal.account_id)
    if account is None:
        raise NotFound("the account of this token is gone")
    return WhoAmI(account.address, account.display_name, account.role.words, None)


async def _sign_out(call: Call) -> WithSession:
    if call.session is None:
        raise NotFound("a token is no session: posthouse token remove revokes it")
    await browsers_of(call.house).sessions.end(call.session.session)
    return WithSession(None, "")


ENDPOINTS = (
    Endpoint(
        method="GET", path="/session", act=None, where=Where.OWN, summary="Tell who is signed in.", handle=_who_am_i, answer=WhoAmI,
    ),
    Endpoint(
        method="POST", path="/session", act=None, where=Where.ANYBODY, summary="Sign in with a browser.", handle=_sign_in,
        answer=SignInAnswer, body=SignInPost, example=SignInPost("alice@example.test", "Corr3ct-horse"),
    ),
    Endpoint(
        method="DELETE", path="/session", act=None, where=Where.OWN, summary="Sign out.", handle=_sign_out,
    ),
    Endpoint(
        method="POST", path="/session/second-factor", act=None, where=Where.ANYBODY, summary="Go on with a second factor.",
        handle=_go_on, answer=SignInAnswer, body=CodePost, example=CodePost("x", "123456"),
    ),
)  # fmt: skip
