"""What becomes of mail that arrives, and how much may be sent."""

import datetime as dt
from typing import Any

import msgspec

from posthouse.model.account import Account
from posthouse.model.role import Act
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.administer.people.announcing import EVERYBODY, Announcement, Announcing
from posthouse.services.administer.traffic.auto_replies import AutoReplying
from posthouse.services.administer.traffic.forwards import Forwards
from posthouse.services.administer.traffic.sending import Held, SendingControl
from posthouse.services.administer.traffic.unknown import Choice, UnknownChoosing, UnknownRecipients
from posthouse.web.api.endpoint import Call, Endpoint, Where, moment, seconds_of
from posthouse.web.api.nouns.accounts import AccountValue, shown
from posthouse.web.api.nouns.values import Answered


class ForwardValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where mail for an account goes besides or instead."""

    targets: list[str]
    keep: bool = True
    """It is put into the mailbox, too."""


class ReplyValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An automatic reply."""

    text: str
    subject: str = ""
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    most_per_day: int = 1


class SendingValue(msgspec.Struct, frozen=True):
    """How an account stands."""

    stopped: str
    """Why it may not send; empty: it may."""
    usage: list[dict[str, Any]]


class StopBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it shall stop."""

    why: str = ""


class RestoreBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of what is held."""

    held: Held = Held.KEEP


class AnnouncementBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter for many."""

    subject: str
    text: str


class UnknownPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of mail for addresses nobody has."""

    choice: Choice
    what: str = ""
    """The address it is forwarded to, or the text it is returned with."""


class UnknownValue(msgspec.Struct, frozen=True):
    """What is chosen."""

    choice: Choice
    address: str
    text: str
    until: dt.datetime | None
    risk: str


def _forward(account: Account) -> ForwardValue:
    return ForwardValue(list(account.forwards_to), account.keeps_mail)


def _reply(reply: AutoReply) -> ReplyValue:
    return ReplyValue(reply.text, reply.subject, moment(reply.begins_at), moment(reply.ends_at), reply.most_per_day)


def _unknown(chosen: UnknownRecipients) -> UnknownValue:
    return UnknownValue(chosen.choice, chosen.address, chosen.text, moment(chosen.until), chosen.risk)


def _sending(call: Call) -> SendingControl:
    return SendingControl(call.house.administration, call.house.outgoing, call.house.queues)


async def _get_forward(call: Call) -> ForwardValue:
    return _forward(await Forwards(call.house.administration).get(call.principal, call.path["address"]))


async def _put_forward(call: Call) -> ForwardValue:
    body: ForwardValue = call.body
    forwards = Forwards(call.house.administration)
    return _forward(await forwards.set(call.principal, call.path["address"], body.targets, keep=body.keep))


async def _remove_forward(call: Call) -> None:
    await Forwards(call.house.administration).remove(call.principal, call.path["address"])


async def _get_reply(call: Call) -> ReplyValue:
    return _reply(await AutoReplying(call.house.administration).get(call.principal, call.path["address"]))


async def _put_reply(call: Call) -> ReplyValue:
    body: ReplyValue = call.body
    reply = AutoReply(
        body.text, body.subject, seconds_of(body.begins_at) or 0.0, seconds_of(body.ends_at) or 0.0, body.most_per_day
    )
    await AutoReplying(call.house.administration).set(call.principal, call.path["address"], reply)
    return _reply(reply)


async def _remove_reply(call: Call) -> None:
    await AutoReplying(call.house.administration).remove(call.principal, call.path["address"])


async def _get_sending(call: Call) -> SendingValue:
    report = await _sending(call).report(call.principal, call.path["address"])
    return SendingValue(report.account.sending_stopped, [msgspec.to_builtins(usage) for usage in report.usage])


async def _stop(call: Call) -> AccountValue:
    return shown(await _sending(call).stop(call.principal, call.path["address"], call.body.why))


async def _restore(call: Call) -> Answered:
    return Answered(await _sending(call).restore(call.principal, call.path["address"], call.body.held))


async def _announce(call: Call) -> Answered:
    to = call.path.get("domain") or call.path.get("address") or EVERYBODY
    announcement = Announcement(to, call.body.subject, call.body.text)
    return Answered(await Announcing(call.house.administration, call.house.queues).send(call.principal, announcement))


async def _get_unknown(call: Call) -> UnknownValue:
    return _unknown(await UnknownChoosing(call.house.administration).get(call.principal, call.path["domain"]))


async def _put_unknown(call: Call) -> UnknownValue:
    body: UnknownPut = call.body
    choosing = UnknownChoosing(call.house.administration)
    return _unknown(await choosing.choose(call.principal, call.path["domain"], body.choice, body.what))


_FORWARD, _REPLY, _SENDING = "/accounts/{address}/forward", "/accounts/{address}/auto-reply", "/accounts/{address}/sending"
_UNKNOWN = "/domains/{domain}/unknown-recipients"
ENDPOINTS = (
    Endpoint(
        method="GET", path=_FORWARD, act=Act.FORWARD_LOOK, where=Where.DOMAIN, summary="Show where its mail is sent on to.",
        handle=_get_forward, answer=ForwardValue,
    ),
    Endpoint(
        method="PUT", path=_FORWARD, act=Act.FORWARD_CHANGE, where=Where.DOMAIN, summary="Send its mail on.", handle=_put_forward,
        answer=ForwardValue, body=ForwardValue, example=ForwardValue(["someone@elsewhere.example"]),
    ),
    Endpoint(
        method="DELETE", path=_FORWARD, act=Act.FORWARD_CHANGE, where=Where.DOMAIN, summary="Send its mail on no more.",
        handle=_remove_forward,
    ),
    Endpoint(
        method="GET", path=_REPLY, act=Act.AUTO_REPLY_LOOK, where=Where.DOMAIN, summary="Show its automatic reply.",
        handle=_get_reply, answer=ReplyValue,
    ),
    Endpoint(
        method="PUT", path=_REPLY, act=Act.AUTO_REPLY_CHANGE, where=Where.DOMAIN, summary="Answer by itself.", handle=_put_reply,
        answer=ReplyValue, body=ReplyValue, example=ReplyValue("I am away."),
    ),
    Endpoint(
        method="DELETE", path=_REPLY, act=Act.AUTO_REPLY_CHANGE, where=Where.DOMAIN, summary="Answer nobody any more.",
        handle=_remove_reply,
    ),
    Endpoint(
        method="GET", path=_SENDING, act=Act.SENDING_LOOK, where=Where.DOMAIN, summary="Show how much of its limits it has used.",
        handle=_get_sending, answer=SendingValue,
    ),
    Endpoint(
        method="POST", path=f"{_SENDING}/stop", act=Act.SENDING_STOP, where=Where.DOMAIN,
        summary="Let it send no more and hold what it has in the queue.", handle=_stop, answer=AccountValue, body=StopBody,
        example=StopBody("looks stolen"),
    ),
    Endpoint(
        method="POST", path=f"{_SENDING}/restore", act=Act.SENDING_RESTORE, where=Where.DOMAIN, summary="Let it send again.",
        handle=_restore, answer=Answered, body=RestoreBody, example=RestoreBody(),
    ),
    Endpoint(
        method="GET", path=_UNKNOWN, act=Act.DOMAIN_LOOK, where=Where.DOMAIN,
        summary="Show what becomes of mail for addresses nobody has.", handle=_get_unknown, answer=UnknownValue,
    ),
    Endpoint(
        method="PUT", path=_UNKNOWN, act=Act.DOMAIN_CHANGE, where=Where.DOMAIN,
        summary="Reject it; or forward or return it for seven days.", handle=_put_unknown, answer=UnknownValue, body=UnknownPut,
        example=UnknownPut(Choice.REJECT),
    ),
    Endpoint(
        method="POST", path="/announcements", act=Act.ANNOUNCE, where=Where.SERVICE, summary="Write to everybody.",
        handle=_announce, answer=Answered, body=AnnouncementBody, example=AnnouncementBody("Maintenance", "On Sunday."),
    ),
    Endpoint(
        method="POST", path="/domains/{domain}/announcements", act=Act.ANNOUNCE, where=Where.DOMAIN,
        summary="Write to everybody in it.", handle=_announce, answer=Answered, body=AnnouncementBody,
        example=AnnouncementBody("Maintenance", "On Sunday."),
    ),
    Endpoint(
        method="POST", path="/groups/{address}/announcements", act=Act.ANNOUNCE, where=Where.DOMAIN,
        summary="Write to its members.", handle=_announce, answer=Answered, body=AnnouncementBody,
        example=AnnouncementBody("Maintenance", "On Sunday."),
    ),
)  # fmt: skip
