"""Accounts."""

import datetime as dt
from typing import Any

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, OwnerKind
from posthouse.model.role import Act, Role
from posthouse.services.administer.accounts import AccountChanges, AccountReport, Accounts, NewAccount
from posthouse.services.administer.upkeep import Upkeep
from posthouse.web.api.answering import begun, read_cursor
from posthouse.web.api.endpoint import Call, Created, Endpoint, Page, Where, moment
from posthouse.web.api.nouns.values import Listing

ROLES = {role.words: role for role in Role if role is not Role.SYSTEM}


class AccountValue(msgspec.Struct, frozen=True):
    """An account."""

    address: str
    id: str
    display_name: str
    status: str
    kind: OwnerKind
    role: str
    administers: list[str]
    """Where its role holds."""
    language: str
    quota_octets: int
    quota_messages: int
    recovery_address: str
    sending_stopped: str
    created_at: dt.datetime | None


class Held(msgspec.Struct, frozen=True):
    """What an account holds."""

    mailboxes: int
    messages: int
    size_octets: int
    used_octets: int
    used_messages: int
    app_passwords: int
    aliases: list[str]


class AccountDetail(msgspec.Struct, frozen=True):
    """An account and what it holds."""

    account: AccountValue
    held: Held


class AccountPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account to make."""

    address: str
    password: str | None = None
    """Null: none; its owner signs in with app passwords."""
    password_hash: str | None = None
    """Instead of a password: another server's hash of it."""
    display_name: str = ""
    language: str = "en"
    quota_octets: int | None = None
    """Null: as the domain says."""
    quota_messages: int = 0
    role: str = "owner"
    administers: list[str] = []
    kind: OwnerKind = OwnerKind.PERSON


class AccountPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What shall be different."""

    display_name: str | None = None
    language: str | None = None
    quota_octets: int | None = None
    quota_messages: int | None = None
    role: str | None = None
    administers: list[str] | None = None
    recovery_address: str | None = None


class Password(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, or another server's hash of it."""

    password: str | None = None
    password_hash: str | None = None


class Generated(msgspec.Struct, frozen=True):
    """A new password."""

    password: str
    """Here and never again."""


class Renamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another address."""

    address: str
    keep: bool = False
    """The old one stays, as an alias."""


class AccountListing(Listing, frozen=True):
    """Which accounts."""

    domain: str | None = None


class FaultValue(msgspec.Struct, frozen=True):
    """What is not whole."""

    what: str
    where: str


class Reindexing(msgspec.Struct, frozen=True):
    """What was computed anew."""

    messages: int


def shown(account: Account) -> AccountValue:
    """An account as JSON tells it."""
    return AccountValue(
        account.address,
        to_text(account.id),
        account.display_name,
        account.status,
        account.kind,
        account.role.words,
        list(account.reach),
        account.language,
        account.quota_octets,
        account.quota_messages,
        account.recovery_address,
        account.sending_stopped,
        moment(account.created_at),
    )


def _detail(report: AccountReport) -> AccountDetail:
    held = Held(
        report.mailboxes,
        report.messages,
        report.size_octets,
        report.used.octets,
        report.used.messages,
        report.app_passwords,
        list(report.aliases),
    )
    return AccountDetail(shown(report.account), held)


def _role(text: str) -> Role:
    if text not in ROLES:
        raise Invalid(f"there is no role {text!r}: there are {', '.join(ROLES)}")
    return ROLES[text]


def _accounts(call: Call) -> Accounts:
    return Accounts(call.house.administration)


async def _all(call: Call) -> Page[Any]:
    after, limit = read_cursor(call.query.after), call.query.limit
    found = await _accounts(call).page(call.principal, call.query.domain, after, limit + 1)
    return begun(found, lambda account: account.key, limit, shown)


async def _add(call: Call) -> Created:
    body: AccountPost = call.body
    new = NewAccount(
        address=body.address,
        password=body.password,
        password_hash=body.password_hash,
        display_name=body.display_name,
        language=body.language,
        quota_octets=body.quota_octets,
        role=_role(body.role),
        kind=body.kind,
        quota_messages=body.quota_messages,
        administers=tuple(body.administers),
    )
    account = await _accounts(call).add(call.principal, new)
    return Created(shown(account), f"/accounts/{account.address}")


async def _get(call: Call) -> AccountDetail:
    return _detail(await _accounts(call).report(call.principal, call.path["address"]))


async def _change(call: Call) -> AccountValue:
    body: AccountPatch = call.body
    changes = AccountChanges(
        display_name=body.display_name,
        language=body.language,
        quota_octets=body.quota_octets,
        quota_messages=body.quota_messages,
        role=None if body.role is None else _role(body.role),
        administers=None if body.administers is None else tuple(body.administers),
        recovery_address=body.recovery_address,
    )
    return shown(await _accounts(call).change(call.principal, call.path["address"], changes))


async def _remove(call: Call) -> None:
    await _accounts(call).remove(call.principal, call.path["address"])


async def _password(call: Call) -> None:
    address, body = call.path["address"], call.body
    if body.password is not None and body.password_hash is None:
        await _accounts(call).set_password(call.principal, address, body.password)
    elif body.password_hash is not None and body.password is None:
        await _accounts(call).set_password_hash(call.principal, address, body.password_hash)
    else:
        raise Invalid("send a password or a hash of one")


async def _generate(call: Call) -> Generated:
    return Generated(await _accounts(call).generate_password(call.principal, call.path["address"]))


async def _suspend(call: Call) -> AccountValue:
    return shown(await _accounts(call).suspend(call.principal, call.path["address"]))


async def _resume(call: Call) -> AccountValue:
    return shown(await _accounts(call).resume(call.principal, call.path["address"]))


async def _undelete(call: Call) -> AccountValue:
    return shown(await _accounts(call).restore(call.principal, call.path["address"]))


async def _rename(call: Call) -> AccountValue:
    body: Renamed = call.body
    return shown(await _accounts(call).rename(call.principal, call.path["address"], body.address, keep=body.keep))


async def _verify(call: Call) -> list[FaultValue]:
    found = await Upkeep(call.house.administration).verify(call.principal, call.path["address"])
    return [FaultValue(fault.what, fault.where) for fault in found.faults]


async def _reindex(call: Call) -> Reindexing:
    return Reindexing((await Upkeep(call.house.administration).reindex(call.principal, call.path["address"])).messages)


_ONE = "/accounts/{address}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/accounts", act=Act.ACCOUNT_LOOK, where=Where.SEEN, summary="List the accounts.", handle=_all,
        answer=Page[AccountValue], query=AccountListing,
    ),
    Endpoint(
        method="POST", path="/accounts", act=Act.ACCOUNT_ADD, where=Where.DOMAIN, summary="Make an account.", handle=_add,
        answer=AccountValue, status=201, body=AccountPost, example=AccountPost(address="new@example.test"),
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.ACCOUNT_LOOK, where=Where.DOMAIN, summary="Show an account and what it holds.",
        handle=_get, answer=AccountDetail,
    ),
    Endpoint(
        method="PATCH", path=_ONE, act=Act.ACCOUNT_CHANGE, where=Where.DOMAIN, summary="Change an account.", handle=_change,
        answer=AccountValue, body=AccountPatch, example=AccountPatch(display_name="Alice"),
    ),
    Endpoint(
        method="DELETE", path=_ONE, act=Act.ACCOUNT_REMOVE, where=Where.DOMAIN, summary="Remove an account with all its mail.",
        handle=_remove,
    ),
    Endpoint(
        method="PUT", path=f"{_ONE}/password", act=Act.PASSWORD_SET, where=Where.DOMAIN, summary="Give an account a new password.",
        handle=_password, body=Password, example=Password("Corr3ct-horse-battery"),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/password/generate", act=Act.PASSWORD_SET, where=Where.DOMAIN,
        summary="Give an account a new password that nobody can guess.", handle=_generate, answer=Generated,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/suspend", act=Act.ACCOUNT_SUSPEND, where=Where.DOMAIN,
        summary="Let an account receive, but neither sign in nor send.", handle=_suspend, answer=AccountValue,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/resume", act=Act.ACCOUNT_RESUME, where=Where.DOMAIN, summary="Let it be used again.",
        handle=_resume, answer=AccountValue,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/undelete", act=Act.ACCOUNT_REMOVE, where=Where.DOMAIN,
        summary="Bring a removed account back as it was.", handle=_undelete, answer=AccountValue,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/rename", act=Act.ACCOUNT_RENAME, where=Where.DOMAIN, summary="Give it another address.",
        handle=_rename, answer=AccountValue, body=Renamed, example=Renamed("renamed@example.test"),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/verify", act=Act.MAIL_VERIFY, where=Where.DOMAIN, summary="Check whether its mail is whole.",
        handle=_verify, answer=list[FaultValue],
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/reindex", act=Act.MAIL_REINDEX, where=Where.DOMAIN,
        summary="Compute anew what is kept for speed.", handle=_reindex, answer=Reindexing,
    ),
)  # fmt: skip
