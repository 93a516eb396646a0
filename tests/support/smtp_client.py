"""Runs a client flow without I/O: against scripted replies, or against a server connection in the same process."""

from typing import TypeVar

from tests.support.session import Peer

from posthouse.protocols.lines.dots import DotWriter
from posthouse.protocols.smtp.client.replies import RemoteReply, ReplyReader
from posthouse.protocols.smtp.client.steps import AWAIT, SECURE, Flow, Send, Transmit

T = TypeVar("T")


class Scripted(Peer):
    """Answers the n-th step that waits with the n-th text, whatever was sent; remembers what was."""

    def __init__(self, *answers: str) -> None:
        self._answers = [answer.replace("\n", "\r\n").encode() + b"\r\n" for answer in answers]
        self.sent = b""

    def receive(self, octets: bytes) -> None:
        self.sent += octets

    def answer(self) -> bytes:
        assert self._answers, f"nothing more to answer after {self.sent!r}"
        return self._answers.pop(0)

    def happen(self, word: str, argument: str) -> None:
        self.sent += f"[{word}]".encode()

    @property
    def exhausted(self) -> bool:
        return not self._answers


def run(flow: Flow[T], peer: Peer, content: bytes = b"", piece_octets: int = 7) -> T:
    """Run the flow to its end."""
    reader, answer = ReplyReader(), None
    pieces = [content[at : at + piece_octets] for at in range(0, len(content), piece_octets)]
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as returned:
            result: T = returned.value
            return result
        answer = None
        if isinstance(step, Send):
            peer.receive(step.octets)
        elif isinstance(step, Transmit):
            writer = DotWriter()
            for piece in pieces:
                peer.receive(writer.feed(piece) if step.stuffed else piece)
            peer.receive(writer.end() if step.stuffed else b"")
        elif step is SECURE:
            reader.clear()
            peer.happen("tls", "")
        elif step is AWAIT:
            answer = _next_reply(reader, peer)


def _next_reply(reader: ReplyReader, peer: Peer) -> RemoteReply:
    while (reply := reader.next_reply()) is None:
        octets = peer.answer()
        assert octets, "the server has nothing to say"
        reader.receive_data(octets)
    return reply
