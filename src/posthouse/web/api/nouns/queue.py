"""The queue."""

import datetime as dt
from typing import Any, Literal

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import to_text
from posthouse.model.delivery import EVERYTHING, QueueRow, RecipientState, Wanted
from posthouse.model.role import Act
from posthouse.services.administer.queue import QueueControl
from posthouse.web.api.answering import page_of
from posthouse.web.api.endpoint import Call, Content, Endpoint, Page, Where, moment
from posthouse.web.api.nouns.values import Answered, Listing


class RowValue(msgspec.Struct, frozen=True):
    """A recipient that waits."""

    id: str
    """Of its message."""
    trace: str
    sender: str
    recipient: str
    destination: str
    state: str
    attempts: int
    received_at: dt.datetime | None
    next_attempt_at: dt.datetime | None
    size_octets: int
    last_reply: str


class QueueListing(Listing, frozen=True):
    """Which recipients."""

    matching: str = ""
    sender: str = ""
    recipient: str = ""
    domain: str = ""
    held: bool = False


class QueueChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to do with which: messages by id, or what matches, or all."""

    verb: Literal["hold", "release", "retry", "purge", "reroute"]
    ids: list[str] = []
    only: str = ""
    """One recipient of these messages."""
    matching: str = ""
    sender: str = ""
    recipient: str = ""
    domain: str = ""
    all: bool = False
    to: str = ""
    """For reroute: the domain whose servers shall take them, or a route."""


def _shown(row: QueueRow) -> RowValue:
    return RowValue(
        to_text(row.id),
        to_text(row.trace_id),
        row.reverse_path,
        row.address,
        row.destination,
        row.state,
        row.attempts,
        moment(row.received_at),
        moment(row.next_attempt_at),
        row.size_octets,
        row.last_reply,
    )


def _control(call: Call) -> QueueControl:
    return QueueControl(call.house.queues, call.house.administration.recorder)


def _place(row: QueueRow) -> str:
    return f"{to_text(row.id)}.{row.number:010}"


async def _all(call: Call) -> Page[Any]:
    query: QueueListing = call.query
    wanted = Wanted(query.matching, query.sender, query.recipient, query.domain, RecipientState.HELD if query.held else None)
    rows = await _control(call).all(call.principal, wanted)
    return page_of(sorted(rows, key=_place), _place, query.after, query.limit, _shown)


async def _get(call: Call) -> list[RowValue]:
    return [_shown(row) for row in (await _control(call).report(call.principal, call.path["id"])).rows]


async def _content(call: Call) -> Content:
    return Content(await _control(call).read(call.principal, call.path["id"]), "message/rfc822")


async def _change(call: Call) -> Answered:
    body: QueueChange = call.body
    wanted = Wanted(body.matching, body.sender, body.recipient, body.domain)
    if bool(body.ids) + (wanted != EVERYTHING) + body.all != 1:
        raise Invalid("say which messages: ids, or matching, sender, recipient and domain, or all")
    if body.ids:
        return Answered(await _control(call).change(call.principal, body.verb, body.ids, body.only, body.to))
    return Answered(await _control(call).change_all(call.principal, body.verb, wanted, body.to))


_ONE = "/queue/{id}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/queue", act=Act.QUEUE_LOOK, where=Where.SEEN, summary="List the recipients that wait.", handle=_all,
        answer=Page[RowValue], query=QueueListing,
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.QUEUE_LOOK, where=Where.SEEN, summary="Show where the recipients of a message stand.",
        handle=_get, answer=list[RowValue],
    ),
    Endpoint(
        method="GET", path=f"{_ONE}/content", act=Act.MAIL_READ, where=Where.SEEN,
        summary="Read a message that waits; it is written down that somebody did.", handle=_content, answer=Content,
        media_type="message/rfc822",
    ),
    Endpoint(
        method="POST", path="/queue/changes", act=Act.QUEUE_CHANGE, where=Where.SEEN,
        summary="Hold, release, retry, reroute or purge messages.", handle=_change, answer=Answered, body=QueueChange,
        example=QueueChange(verb="hold", sender="nobody@example.test"),
    ),
)  # fmt: skip
