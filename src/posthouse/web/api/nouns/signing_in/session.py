"""The session of a browser: signing in, who one is, signing out."""

import datetime as dt

import msgspec

from posthouse.foundation.errors import AuthenticationFailed, NotFound
from posthouse.foundation.ids import to_text
from posthouse.model.role import Act
from posthouse.services.browsers.control import SessionControl
from posthouse.services.browsers.sessions import Opened, SignedIn
from posthouse.services.browsers.signing_in import SecondFactorWanted
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.web.api.endpoint import Call, Endpoint, Where, WithSession, moment
from posthouse.web.api.house import ApiHouse
from posthouse.web.api.nouns.values import Answered
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


class ActiveSessionValue(msgspec.Struct, frozen=True):
    """A browser or a mail program that is signed in."""

    id: str
    protocol: str
    """``browser``, ``imap``, ``pop3``, ``submission``."""
    address: str
    since: dt.datetime | None
    last_used_at: dt.datetime | None
    """Of a browser, within a minute."""
    program: str
    """What the browser calls itself; of a mail program the name of its app password."""
    proofs: list[str]
    is_this: bool
    """It is the one that asks."""


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


class OwnPasswordPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new password of one's own."""

    present: str
    new: str


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


def _control(call: Call) -> SessionControl:
    house = call.house
    return SessionControl(house.administration, browsers_of(house).sessions, house.program_sessions)


async def _all(call: Call) -> list[ActiveSessionValue]:
    this = None if call.session is None else call.session.session.id
    found = await _control(call).all(call.principal, call.path["address"])
    return [
        ActiveSessionValue(
            to_text(each.id),
            each.protocol,
            each.address,
            moment(each.since),
            moment(each.seen_at),
            each.program,
            list(each.proofs),
            each.id == this,
        )
        for each in found
    ]


async def _end(call: Call) -> None:
    await _control(call).end(call.principal, call.path["address"], call.path["id"])


async def _clear(call: Call) -> Answered:
    return Answered(await _control(call).clear(call.principal, call.path["address"]))


async def _change_password(call: Call) -> WithSession:
    if call.session is None:
        raise NotFound("a token changes a password with PUT /accounts/{address}/password")
    try:
        opened = await browsers_of(call.house).own_password.change(call.session, call.body.present, call.body.new, call.source)
    except AuthenticationFailed as wrong:
        raise ProblemError("invalid", str(wrong), "$.present") from None
    except SignInBlocked as blocked:
        raise ProblemError("too-many-requests", str(blocked)) from None
    return WithSession(who(opened), opened.token)


async def _sign_out(call: Call) -> WithSession:
    if call.session is None:
        raise NotFound("a token is no session: posthouse token remove revokes it")
    await browsers_of(call.house).sessions.end(call.session.session)
    return WithSession(None, "")


_ALL = "/accounts/{address}/sessions"
ENDPOINTS = (
    Endpoint(
        method="GET", path=_ALL, act=Act.SESSION_LOOK, where=Where.DOMAIN, summary="List who is signed in to an account.",
        handle=_all, answer=list[ActiveSessionValue],
    ),
    Endpoint(
        method="DELETE", path=f"{_ALL}/{{id}}", act=Act.SESSION_END, where=Where.DOMAIN,
        summary="End a session: a browser is signed out, a mail program's connection closes.", handle=_end,
    ),
    Endpoint(
        method="POST", path=f"{_ALL}/clear", act=Act.SESSION_END, where=Where.DOMAIN, summary="End all sessions of an account.",
        handle=_clear, answer=Answered,
    ),
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
        method="PUT", path="/session/password", act=None, where=Where.OWN,
        summary="Change one's own password; all other sessions end.", handle=_change_password, answer=WhoAmI, body=OwnPasswordPut,
        example=OwnPasswordPut("Corr3ct-horse", "An0ther-horse"),
    ),
    Endpoint(
        method="POST", path="/session/second-factor", act=None, where=Where.ANYBODY, summary="Go on with a second factor.",
        handle=_go_on, answer=SignInAnswer, body=CodePost, example=CodePost("x", "123456"),
    ),
)  # fmt: skip
