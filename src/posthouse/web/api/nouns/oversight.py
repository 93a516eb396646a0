"""Blocks, traces, reports, the audit log, the state of the service, and oneself."""

import datetime as dt
from typing import Annotated, Any

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import to_text
from posthouse.model.role import Act
from posthouse.ports.audit import Recorded, Sought
from posthouse.ports.reports import ReceivedReport, ReportKind
from posthouse.services.administer.audit.reading import AuditLog
from posthouse.services.administer.audit.reading import Page as AuditPage
from posthouse.services.administer.reports import ReceivedReports, SourceSummary
from posthouse.services.administer.upkeep import find_trace
from posthouse.services.guard.blocking import Blocks
from posthouse.web.api.answering import cursor, read_number_cursor
from posthouse.web.api.endpoint import Call, Created, Endpoint, Page, Where, moment, seconds_of
from posthouse.web.api.nouns.values import Answered, Listing


class BlockValue(msgspec.Struct, frozen=True):
    """A block in force."""

    kind: str
    subject: str
    until: dt.datetime | None
    """Null: until it is lifted."""
    blocks: int


class BlockPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network to block."""

    network: str
    hours: Annotated[float, msgspec.Meta(ge=0, le=87_600)] = 0.0
    """0: until it is lifted."""


class BlockMade(msgspec.Struct, frozen=True):
    """What is blocked now."""

    network: str


class Subject(msgspec.Struct, frozen=True):
    """About what."""

    subject: str


class AddressQuery(msgspec.Struct, frozen=True):
    """Which address."""

    address: str


class BlockCheck(msgspec.Struct, frozen=True):
    """How an address stands."""

    address: str
    counted: bool
    blocked: str | None
    seconds: float


class TraceStep(msgspec.Struct, frozen=True):
    """A step of a message."""

    trace: str
    at: dt.datetime | None
    step: str
    text: str
    subjects: list[str]


class ReportQuery(msgspec.Struct, frozen=True):
    """Which reports."""

    kind: ReportKind | None = None
    domain: str = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30


class SourceQuery(msgspec.Struct, frozen=True):
    """Of which domain."""

    domain: str
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30


class ReportValue(msgspec.Struct, frozen=True):
    """A report that came."""

    id: str
    kind: ReportKind
    domain: str
    organisation: str
    begins_at: dt.datetime | None
    ends_at: dt.datetime | None
    received_at: dt.datetime | None
    total: int
    failed: int


class ReportDetail(msgspec.Struct, frozen=True):
    """A report that came, whole."""

    report: ReportValue
    content: Any


class EntryValue(msgspec.Struct, frozen=True):
    """An act."""

    number: int
    at: dt.datetime | None
    by: str
    role: str
    credential: str
    origin: str
    act: str
    subject: str
    domain: str
    before: Any
    after: Any
    outcome: str
    digest: str


class AuditListing(Listing, frozen=True):
    """Which acts."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    act: str = ""
    subject: str = ""
    by: str = ""
    domain: str = ""


class Known(msgspec.Struct, frozen=True):
    """What an earlier verification told."""

    known: str = ""
    """NUMBER:DIGEST."""


class VerdictValue(msgspec.Struct, frozen=True):
    """Whether the audit log is whole."""

    entries: int
    digest: str
    faults: list[str]


class StatusValue(msgspec.Struct, frozen=True):
    """How the service stands."""

    workers: dict[str, bool]


class Myself(msgspec.Struct, frozen=True):
    """Whom the token stands for."""

    address: str
    role: str
    everywhere: bool
    reach: list[str]
    acts: list[str]


def _blocks(call: Call) -> Blocks:
    parts = call.house.administration
    return Blocks(call.house.guard, parts.settings, parts.clock, parts.recorder)


def _reports(call: Call) -> ReceivedReports:
    return ReceivedReports(call.house.reports, call.house.administration.clock)


def _log(call: Call) -> AuditLog:
    return AuditLog(call.house.administration.audit)


async def _all_blocks(call: Call) -> list[BlockValue]:
    found = await _blocks(call).all(call.principal)
    return [BlockValue(block.kind, block.subject, moment(block.until), block.blocks) for block in found]


async def _block(call: Call) -> Created:
    network = await _blocks(call).add(call.principal, call.body.network, call.body.hours * 3_600)
    return Created(BlockMade(network), "/blocks")


async def _unblock(call: Call) -> Answered:
    return Answered(await _blocks(call).remove(call.principal, call.query.subject))


async def _check_block(call: Call) -> BlockCheck:
    check = await _blocks(call).check(call.principal, call.query.address)
    return BlockCheck(check.address, check.counted, check.blocked, check.seconds)


async def _traces(call: Call) -> list[TraceStep]:
    house = call.house
    found = await find_trace(call.principal, house.trace, house.administration.recorder, call.query.subject)
    return [TraceStep(to_text(told.trace_id), moment(told.at), told.step, told.text, list(told.subjects)) for told in found]


def _report(report: ReceivedReport) -> ReportValue:
    return ReportValue(
        report.report_id,
        report.kind,
        report.domain,
        report.organisation,
        moment(report.begins_at),
        moment(report.ends_at),
        moment(report.received_at),
        report.total,
        report.failed,
    )


async def _all_reports(call: Call) -> list[ReportValue]:
    query: ReportQuery = call.query
    return [_report(report) for report in await _reports(call).all(call.principal, query.kind, query.domain, query.days)]


async def _one_report(call: Call) -> ReportDetail:
    report = await _reports(call).one(call.principal, call.path["id"])
    return ReportDetail(_report(report), msgspec.json.decode(report.value))


async def _sources(call: Call) -> list[SourceSummary]:
    return await _reports(call).sources(call.principal, call.query.domain, call.query.days)


def _entry(recorded: Recorded) -> EntryValue:
    entry = recorded.entry
    before, after = (msgspec.json.decode(text) if text else None for text in (entry.before, entry.after))
    return EntryValue(
        recorded.number,
        moment(entry.at),
        entry.by,
        entry.role,
        entry.credential,
        entry.origin,
        entry.act,
        entry.subject,
        entry.domain,
        before,
        after,
        entry.outcome,
        recorded.digest,
    )


def _page(page: AuditPage) -> Page[Any]:
    return Page([_entry(each) for each in page.entries], cursor(str(page.before)) if page.before else None)


async def _audit(call: Call) -> Page[Any]:
    query: AuditListing = call.query
    sought = Sought(
        since=seconds_of(query.since) or 0.0,
        until=seconds_of(query.until) or 0.0,
        act=query.act,
        subject=query.subject,
        by=query.by,
        domains=(query.domain.lower(),) if query.domain else None,
    )
    return _page(await _log(call).page(call.principal, sought, read_number_cursor(query.after), query.limit))


async def _own_audit(call: Call) -> Page[Any]:
    return _page(await _log(call).own(call.principal, read_number_cursor(call.query.after), call.query.limit))


async def _verify(call: Call) -> VerdictValue:
    number, _, digest = call.query.known.partition(":")
    if call.query.known and not (number.isascii() and number.isdecimal() and len(number) < 19 and digest):
        raise Invalid("known is NUMBER:DIGEST, as an earlier verification told")
    verdict = await _log(call).verify(call.principal, int(number or 0), digest)
    return VerdictValue(verdict.entries, verdict.digest, list(verdict.faults))


async def _status(call: Call) -> StatusValue:
    call.principal.require(Act.STATUS_LOOK)
    return StatusValue(dict(await call.house.ask_workers()))


async def _myself(call: Call) -> Myself:
    principal = call.principal
    return Myself(
        principal.address,
        principal.role.words,
        principal.is_everywhere,
        list(principal.reach),
        sorted(act.value for act in principal.acts),
    )


ENDPOINTS = (
    Endpoint(
        method="GET", path="/blocks", act=Act.BLOCK_LOOK, where=Where.SEEN, summary="List the blocks in force.", handle=_all_blocks,
        answer=list[BlockValue],
    ),
    Endpoint(
        method="POST", path="/blocks", act=Act.BLOCK_ADD, where=Where.SERVICE, summary="Block a network.", handle=_block,
        answer=BlockMade, status=201, body=BlockPost, example=BlockPost("192.0.2.0/24", 1.0),
    ),
    Endpoint(
        method="DELETE", path="/blocks", act=Act.BLOCK_REMOVE, where=Where.DOMAIN,
        summary="Lift what blocks an address, a network or an account.", handle=_unblock, answer=Answered, query=Subject,
    ),
    Endpoint(
        method="GET", path="/blocks/check", act=Act.BLOCK_LOOK, where=Where.SERVICE, summary="Tell how an IP address stands.",
        handle=_check_block, answer=BlockCheck, query=AddressQuery,
    ),
    Endpoint(
        method="GET", path="/traces", act=Act.TRACE_LOOK, where=Where.DOMAIN, summary="Tell what happened to messages.",
        handle=_traces, answer=list[TraceStep], query=Subject,
    ),
    Endpoint(
        method="GET", path="/reports", act=Act.REPORT_LOOK, where=Where.SEEN, summary="List reports of others about our domains.",
        handle=_all_reports, answer=list[ReportValue], query=ReportQuery,
    ),
    Endpoint(
        method="GET", path="/reports/sources", act=Act.REPORT_LOOK, where=Where.DOMAIN,
        summary="Tell who sent in a domain's name.", handle=_sources, answer=list[SourceSummary], query=SourceQuery,
    ),
    Endpoint(
        method="GET", path="/reports/{id}", act=Act.REPORT_LOOK, where=Where.SEEN, summary="Show a report.", handle=_one_report,
        answer=ReportDetail,
    ),
    Endpoint(
        method="GET", path="/audit", act=Act.AUDIT_LOOK, where=Where.SEEN, summary="List administrative acts, the newest first.",
        handle=_audit, answer=Page[EntryValue], query=AuditListing,
    ),
    Endpoint(
        method="GET", path="/audit/own", act=Act.AUDIT_LOOK, where=Where.OWN, summary="List what was done to one's own account.",
        handle=_own_audit, answer=Page[EntryValue], query=Listing,
    ),
    Endpoint(
        method="GET", path="/audit/verify", act=Act.AUDIT_LOOK, where=Where.SERVICE, summary="Check that the log is whole.",
        handle=_verify, answer=VerdictValue, query=Known,
    ),
    Endpoint(
        method="GET", path="/status", act=Act.STATUS_LOOK, where=Where.SERVICE, summary="Tell whether each worker answers.",
        handle=_status, answer=StatusValue,
    ),
    Endpoint(
        method="GET", path="/me", act=None, where=Where.OWN, summary="Tell whom the token stands for.", handle=_myself,
        answer=Myself,
    ),
)  # fmt: skip
