"""Domains, their signing keys, and what they publish."""

import datetime as dt
from typing import Any

import msgspec

from posthouse.model.account import Domain, Service
from posthouse.model.domain_key import DomainKey, KeyKind, KeyState
from posthouse.model.role import Act
from posthouse.services.administer.domains import DomainChanges, DomainReport, Domains
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.web.api.answering import page_of
from posthouse.web.api.endpoint import Call, Created, Endpoint, Page, Where, moment
from posthouse.web.api.nouns.values import Listing


class DomainValue(msgspec.Struct, frozen=True):
    """A domain."""

    domain: str
    status: str
    created_at: dt.datetime | None


class DomainDetail(msgspec.Struct, frozen=True):
    """A domain and what is in it."""

    domain: str
    status: str
    created_at: dt.datetime | None
    accounts: int
    aliases: int
    settings: dict[str, Any]
    """What is set for this domain alone."""
    stands_for: str
    """The domain whose addresses its own are; empty: none."""
    stood_for_by: list[str]
    language: str
    refused_services: list[Service]
    limits: dict[str, Any]
    branding: dict[str, Any]
    """A logo is told as its size in octets."""


class NewDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A domain to take responsibility for."""

    domain: str
    stands_for: str = ""


class DomainPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different."""

    quota: str | None = None
    """Quota of new mailboxes, e.g. 5GB."""
    app_passwords_only: bool | None = None
    password_policy: bool | None = None
    stands_for: str | None = None
    """Empty: none any more."""
    mailboxes: int | None = None
    """Most mailboxes; 0: no limit, here and below."""
    total_quota_octets: int | None = None
    largest_quota_octets: int | None = None
    refused_services: list[Service] | None = None
    language: str | None = None
    title: str | None = None
    footer: str | None = None
    color: str | None = None
    logo_url: str | None = None
    logo: bytes | None = None
    """A picture in base64; empty: none."""


class RenamedDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name."""

    domain: str


class KeyValue(msgspec.Struct, frozen=True):
    """A DKIM key."""

    selector: str
    kind: KeyKind
    state: KeyState
    record: str
    """The text to publish."""
    created_at: dt.datetime | None
    changed_at: dt.datetime | None


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make."""

    kind: KeyKind = KeyKind.ED25519


class Activation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which pending keys shall sign."""

    selector: str = ""
    """Empty: all that are pending."""
    unchecked: bool = False
    """Do not look whether they are published."""


class Early(msgspec.Struct, frozen=True):
    """How to remove a key."""

    early: bool = False
    """Although mail signed with it may still be on its way."""


class EntryValue(msgspec.Struct, frozen=True):
    """A DNS record to publish."""

    name: str
    type: str
    value: str
    purpose: str


class Checked(msgspec.Struct, frozen=True):
    """A DNS record and what is there instead."""

    name: str
    type: str
    value: str
    found: str
    there: list[str]


def _shown(domain: Domain) -> DomainValue:
    return DomainValue(domain.name, domain.status, moment(domain.created_at))


def _detail(report: DomainReport) -> DomainDetail:
    domain = report.domain
    branding = {
        name: len(value) if isinstance(value, bytes) else value for name, value in msgspec.structs.asdict(domain.branding).items()
    }
    return DomainDetail(
        domain.name,
        domain.status,
        moment(domain.created_at),
        report.accounts,
        report.aliases,
        dict(sorted(report.settings.items())),
        domain.stands_for,
        list(report.stood_for_by),
        domain.language,
        list(domain.refused_services),
        msgspec.to_builtins(domain.limits),
        branding,
    )


def _key(key: DomainKey) -> KeyValue:
    return KeyValue(key.selector, key.kind, key.state, key.record, moment(key.created_at), moment(key.changed_at))


def _domains(call: Call) -> Domains:
    return Domains(call.house.administration)


def _keys(call: Call) -> DomainKeys:
    return DomainKeys(call.house.administration)


async def _all(call: Call) -> Page[Any]:
    found = await _domains(call).all(call.principal)
    return page_of(found, lambda domain: domain.key, call.query.after, call.query.limit, _shown)


async def _add(call: Call) -> Created:
    domain = await _domains(call).add(call.principal, call.body.domain, call.body.stands_for)
    return Created(_shown(domain), f"/domains/{domain.key}")


async def _get(call: Call) -> DomainDetail:
    return _detail(await _domains(call).report(call.principal, call.path["domain"]))


async def _change(call: Call) -> DomainDetail:
    body: DomainPatch = call.body
    given = msgspec.structs.asdict(body)
    given["refused_services"] = None if body.refused_services is None else tuple(body.refused_services)
    changes = DomainChanges(**given)
    await _domains(call).change(call.principal, call.path["domain"], changes)
    return await _get(call)


async def _rename(call: Call) -> DomainValue:
    return _shown(await _domains(call).rename(call.principal, call.path["domain"], call.body.domain))


async def _suspend(call: Call) -> DomainValue:
    return _shown(await _domains(call).suspend(call.principal, call.path["domain"]))


async def _resume(call: Call) -> DomainValue:
    return _shown(await _domains(call).resume(call.principal, call.path["domain"]))


async def _remove(call: Call) -> None:
    await _domains(call).remove(call.principal, call.path["domain"])


async def _all_keys(call: Call) -> list[KeyValue]:
    return [_key(key) for key in await _keys(call).all(call.principal, call.path["domain"])]


async def _add_key(call: Call) -> Created:
    key = await _keys(call).add(call.principal, call.path["domain"], call.body.kind)
    return Created(_key(key), f"/domains/{key.domain}/keys")


async def _rotate(call: Call) -> list[KeyValue]:
    return [_key(key) for key in await _keys(call).rotate(call.principal, call.path["domain"])]


async def _activate(call: Call) -> list[KeyValue]:
    resolver = None if call.body.unchecked else call.house.resolver
    found = await _keys(call).activate(call.principal, call.path["domain"], call.body.selector, resolver)
    return [_key(key) for key in found]


async def _retire(call: Call) -> KeyValue:
    return _key(await _keys(call).retire(call.principal, call.path["domain"], call.path["selector"]))


async def _remove_key(call: Call) -> None:
    await _keys(call).remove(call.principal, call.path["domain"], call.path["selector"], early=call.query.early)


async def _records(call: Call) -> list[EntryValue]:
    found = await call.house.publishing.records(call.principal, call.path["domain"])
    return [EntryValue(entry.name, entry.record_type, entry.value, entry.purpose) for entry in found]


async def _check(call: Call) -> list[Checked]:
    found = await call.house.publishing.check(call.principal, call.path["domain"], call.house.resolver)
    return [Checked(o.entry.name, o.entry.record_type, o.entry.value, o.found, list(o.there)) for o in found]


_ONE = "/domains/{domain}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/domains", act=Act.DOMAIN_LOOK, where=Where.SEEN, summary="List the domains.", handle=_all,
        answer=Page[DomainValue], query=Listing,
    ),
    Endpoint(
        method="POST", path="/domains", act=Act.DOMAIN_ADD, where=Where.SERVICE, summary="Take responsibility for a domain.",
        handle=_add, answer=DomainValue, status=201, body=NewDomain, example=NewDomain("new.example"),
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.DOMAIN_LOOK, where=Where.DOMAIN, summary="Show a domain and what is in it.", handle=_get,
        answer=DomainDetail,
    ),
    Endpoint(
        method="PATCH", path=_ONE, act=Act.DOMAIN_CHANGE, where=Where.DOMAIN, summary="Change a domain.", handle=_change,
        answer=DomainDetail, body=DomainPatch, example=DomainPatch(app_passwords_only=True),
    ),
    Endpoint(
        method="DELETE", path=_ONE, act=Act.DOMAIN_REMOVE, where=Where.SERVICE, summary="Give up a domain that is empty.",
        handle=_remove,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/rename", act=Act.DOMAIN_RENAME, where=Where.SERVICE,
        summary="Rename a domain with all its addresses.", handle=_rename, answer=DomainValue, body=RenamedDomain,
        example=RenamedDomain("renamed.example"),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/suspend", act=Act.DOMAIN_LIMIT, where=Where.SERVICE, summary="Stop a domain with all in it.",
        handle=_suspend, answer=DomainValue,
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/resume", act=Act.DOMAIN_LIMIT, where=Where.SERVICE, summary="Let it be used again.",
        handle=_resume, answer=DomainValue,
    ),
    Endpoint(
        method="GET", path=f"{_ONE}/keys", act=Act.DOMAIN_LOOK, where=Where.DOMAIN, summary="List the DKIM keys.", handle=_all_keys,
        answer=list[KeyValue],
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/keys", act=Act.DKIM_CHANGE, where=Where.DOMAIN, summary="Make a DKIM key, pending.",
        handle=_add_key, answer=KeyValue, status=201, body=NewKey, example=NewKey(),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/keys/rotate", act=Act.DKIM_CHANGE, where=Where.DOMAIN,
        summary="Make a successor for each active key.", handle=_rotate, answer=list[KeyValue],
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/keys/activate", act=Act.DKIM_CHANGE, where=Where.DOMAIN, summary="Sign with pending keys.",
        handle=_activate, answer=list[KeyValue], body=Activation, example=Activation(unchecked=True),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/keys/{{selector}}/retire", act=Act.DKIM_CHANGE, where=Where.DOMAIN,
        summary="Sign with a key no more.", handle=_retire, answer=KeyValue,
    ),
    Endpoint(
        method="DELETE", path=f"{_ONE}/keys/{{selector}}", act=Act.DKIM_CHANGE, where=Where.DOMAIN, summary="Forget a key.",
        handle=_remove_key, query=Early,
    ),
    Endpoint(
        method="GET", path=f"{_ONE}/records", act=Act.DOMAIN_LOOK, where=Where.DOMAIN, summary="List the DNS records to publish.",
        handle=_records, answer=list[EntryValue],
    ),
    Endpoint(
        method="GET", path=f"{_ONE}/records/check", act=Act.DOMAIN_LOOK, where=Where.DOMAIN,
        summary="Look up each record in the DNS.", handle=_check, answer=list[Checked],
    ),
)  # fmt: skip
