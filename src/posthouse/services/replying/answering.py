"""Auto-replies (B6, RFC 3834): written when a message is delivered, and enqueued in the commit that records the delivery.

Nobody is answered whose address may be forged, no program, no list, and nobody more often than the account's owner says.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from posthouse.filters.replying.deciding import objection
from posthouse.filters.verdict import read_verdict
from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import first
from posthouse.formats.header.identifiers import identifiers
from posthouse.formats.mime.build import Composition, build
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import ENTROPY_OCTETS, QueueId, TraceId, make_id, to_text
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.account import Account
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.queue import Queue
from posthouse.ports.trace import Trace, TraceEvent
from posthouse.services.letters.destined import destined_to
from posthouse.services.receive.recipients import Recipients
from posthouse.services.trust.signing import Signer

REFERENCES: Final = 20
"""Message ids that References of a reply names at most."""
TOO_OFTEN: Final = "its sender has been answered often enough today"
_WORDS: Final = {"de": "Automatische Antwort: ", "zh": "自动回复：", "ja": "自動返信: "}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReplyingParts:
    """What replying works with."""

    hostname: str
    directory: DirectoryReader
    queue: Queue
    outgoing: Outgoing
    signer: Signer
    clock: Clock
    entropy: Entropy
    trace: Trace


class AutoReplies:
    """Writes replies."""

    def __init__(self, parts: ReplyingParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)

    async def reply(self, message: QueuedMessage, recipient: Recipient, account: Account) -> list[QueuedMessage]:
        """The reply to a queued message that has come to an account, ready for the queue; none where there is to be none.

        Never raises what concerns only the reply: that a message has come does not depend on whether it is answered.
        """
        if account.auto_reply is None or not account.answers_at(self._parts.clock.now()):
            return []
        try:
            return await self._reply(message, recipient, account, account.auto_reply)
        except PosthouseError as error:
            _log.warning("a message to %s is not answered: %s", account.address, error)
        except Exception:  # noqa: BLE001 - whatever is wrong with the reply, what was delivered must not be delivered again
            _log.exception("a message to %s cannot be answered", account.address)
        return []

    async def _reply(self, message: QueuedMessage, recipient: Recipient, account: Account, says: AutoReply) -> list[QueuedMessage]:
        head = await self._parts.queue.read(message.id, 0, INLINE_BODY_OCTETS)
        sender, own = _parsed(message.reverse_path), await self._own(account)
        verdict = read_verdict(message.record)
        why = objection(head, sender, own)
        if not why and (verdict.junk or not verdict.answerable):
            why = "its sender may be forged" if not verdict.answerable else "it is junk"
        if why or sender is None:
            self._note(message, account, f"not answered: {why}")
            return []
        now = self._parts.clock.now()
        if not await self._parts.outgoing.reply(account.id, address_key(sender), says.most_per_day, now):
            self._note(message, account, f"not answered: {TOO_OFTEN}")
            return []
        destined = await destined_to(self._recipients, sender, self._id)
        if not destined:
            return []
        author = _parsed(recipient.final_recipient)
        if author is None or address_key(author) not in own:
            author = parse_mailbox(account.address)
        content = Content(self._written(head, says, account, author, sender))
        content = content.with_prefix(await self._parts.signer.signatures(content, domain_key(author.domain)))
        self._note(message, account, f"answered {format_mailbox(sender)}")
        return [
            QueuedMessage(
                id=QueueId(self._id()),
                trace_id=TraceId(self._id()),
                reverse_path="",  # RFC 3834 §3.3: nobody answers it, and nobody is told when it does not arrive
                content=content,
                recipients=destined,
                received_at=now,
                smtputf8=not (format_mailbox(author) + format_mailbox(sender)).isascii(),
                parent_trace_id=message.trace_id,
            )
        ]

    def _written(self, head: bytes, says: AutoReply, account: Account, author: Address, sender: Address) -> bytes:
        token = to_text(self._id())
        answered = identifiers(first(head, b"message-id") or b"")[:1]
        before = identifiers(first(head, b"references") or b"")[-REFERENCES + 1 :]
        original = decode(first(head, b"subject") or b"").strip()
        return build(
            Composition(
                author=[NamedAddress(account.display_name, author)],
                to=[NamedAddress("", sender)],
                date=datetime.fromtimestamp(self._parts.clock.now(), UTC),
                message_id=f"<{token}@{self._parts.hostname}>".encode(),
                boundary=token,
                subject=says.subject or _WORDS.get(account.language, "Automatic reply: ") + original,
                in_reply_to=answered,
                references=[*before, *answered],
                extra_fields=(("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
                text=says.text,
            )
        )

    async def _own(self, account: Account) -> set[str]:
        aliases = await self._parts.directory.aliases_to(account.key)
        return {account.key, *(alias.key for alias in aliases)}

    def _note(self, message: QueuedMessage, account: Account, text: str) -> None:
        self._parts.trace.append(TraceEvent(message.trace_id, self._parts.clock.now(), "reply", text, account.address))

    def _id(self) -> bytes:
        return make_id(int(self._parts.clock.now() * 1000), self._parts.entropy.octets(ENTROPY_OCTETS))


def _parsed(text: str) -> Address | None:
    try:
        return parse_mailbox(text) if text else None
    except InvalidMailbox:
        return None
