"""What a reception leaves in the trace: who, from where, every check and what came of it (B14)."""

from collections.abc import Iterable
from typing import Final

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.header.fields import first
from posthouse.ports.clock import Clock
from posthouse.ports.trace import Trace, TraceEvent
from posthouse.services.receive.reception import Reception

MESSAGE_ID_OCTETS: Final = 250


class Noting:
    """Writes about receptions."""

    def __init__(self, trace: Trace, clock: Clock) -> None:
        self._trace = trace
        self._clock = clock

    def kept(self, reception: Reception, step: str, recipients: Iterable[str]) -> None:
        """The message is ours: how it came, what was found, whom it is for."""
        client = reception.client
        origin = f"{client.name} [{client.address}]" if client.address else client.name
        story = f"from {origin} with {client.protocol}, {reception.intake.size_octets} octets"
        self._note(reception, step, story, recipients, message_id(reception.intake.head))
        if reception.findings:
            found = "; ".join(map(str, reception.findings))
            self._trace.append(TraceEvent(reception.trace_id, self._clock.now(), "checks", found))

    def refused(self, reception: Reception, step: str, words: str, recipients: Iterable[str] | None = None) -> None:
        """The message, or one recipient, was not taken."""
        named = [format_mailbox(each.wanted.address) for each in reception.recipients] if recipients is None else recipients
        found = "; ".join(map(str, reception.findings))
        self._note(reception, step, f"{words} [{found}]" if found else words, named, message_id(reception.intake.head))

    def _note(self, reception: Reception, step: str, text: str, recipients: Iterable[str], identifier: str) -> None:
        now = self._clock.now()
        for subject in filter(None, (reception.sender.text, reception.client.address, *recipients, identifier)):
            self._trace.append(TraceEvent(reception.trace_id, now, step, text, subject))


def message_id(head: bytes) -> str:
    """The Message-ID of a message without its angle brackets, to be found by; empty where there is none."""
    found = first(head, b"message-id") or b""
    return found[:MESSAGE_ID_OCTETS].decode("utf-8", "replace").strip().strip("<>")
