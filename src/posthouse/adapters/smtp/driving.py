"""Runs the protocol's client flows on a link."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from posthouse.adapters.smtp.link import Link
from posthouse.protocols.lines.dots import DotWriter
from posthouse.protocols.smtp.client.replies import RemoteReply
from posthouse.protocols.smtp.client.steps import AWAIT, SECURE, Flow, Send, Step, Transmit

T = TypeVar("T")
REPLY_SECONDS: Final = 300.0
"""RFC 5321 §4.5.3.2: greeting, MAIL, RCPT; the two minutes for DATA are not told apart."""
FINAL_REPLY_SECONDS: Final = 600.0
"""RFC 5321 §4.5.3.2.6: the answer after the content."""
Pieces = Callable[[], AsyncIterator[bytes]]
"""The content, from its beginning."""


class Drive:
    """One flow on one link."""

    def __init__(self, link: Link, *, secure: Callable[[], Awaitable[None]] | None = None, pieces: Pieces | None = None) -> None:
        self._link = link
        self._secure = secure
        self.pieces = pieces
        self.content_is_out = False
        """Everything was sent: should the link break now, the message may have arrived."""

    async def run(self, flow: Flow[T]) -> T:
        """Run the flow to its end. Raises: LinkLost."""
        answer: RemoteReply | None = None
        try:
            while True:
                answer = await self._do(flow.send(answer))
        except StopIteration as returned:
            result: T = returned.value
            return result
        finally:
            flow.close()

    async def _do(self, step: Step) -> RemoteReply | None:
        if isinstance(step, Send):
            await self._link.write(step.octets)
        elif isinstance(step, Transmit):
            await self._transmit(stuffed=step.stuffed)
        elif step is AWAIT:
            return await self._link.reply(FINAL_REPLY_SECONDS if self.content_is_out else REPLY_SECONDS)
        elif step is SECURE:
            assert self._secure is not None, "this flow does no handshake"
            await self._secure()
        return None

    async def _transmit(self, *, stuffed: bool) -> None:
        assert self.pieces is not None, "this flow has no content"
        writer = DotWriter()
        waiting = b""
        async for piece in self.pieces():
            await self._link.write(waiting)
            waiting = writer.feed(piece) if stuffed else piece
        self.content_is_out = True
        await self._link.write(waiting + writer.end() if stuffed else waiting)
