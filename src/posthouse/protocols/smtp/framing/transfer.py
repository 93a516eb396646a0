"""Content on its way in: from DATA to the lone dot, or over several BDAT chunks. Where it ends, and whether it may be kept.

Content that nobody wants is swallowed to its end all the same, so that its octets are never taken for commands.
"""

from posthouse.protocols.lines.dots import DotReader
from posthouse.protocols.lines.inbound import Inbound
from posthouse.protocols.smtp.events import NEED_DATA, Content, ContentEnded, NeedData, Violation
from posthouse.protocols.smtp.framing.content import ChunkReader, ContentCheck
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.replies import Reply


class Transfer:
    """One at a time; a message of several chunks is checked as one."""

    __slots__ = ("_check", "_ending", "_framing")

    def __init__(self) -> None:
        self._framing: DotReader | ChunkReader | None = None
        self._ending: ContentEnded | Violation | None = None
        """What to say when the framing is complete; None: nothing is under way."""
        self._check: ContentCheck | None = None

    @property
    def under_way(self) -> bool:
        """Whether the next octets are content, or its end is still to be told."""
        return self._ending is not None

    @property
    def refusal(self) -> Reply | None:
        """Why the message may not be kept."""
        return None if self._check is None else self._check.refusal

    def refuse(self, reply: Reply) -> bool:
        """Swallow the rest; tells whether there is a message to refuse."""
        if self._check is None:
            return False
        self._check.refusal = self._check.refusal or reply
        return True

    def begin_data(self, message_octets: int, bare_newlines: BareNewlines) -> None:
        """DATA was accepted."""
        self._check = ContentCheck(message_octets, bare_newlines)
        self._framing, self._ending = DotReader(), ContentEnded()

    def begin_chunk(self, size_octets: int, *, last: bool, message_octets: int, bare_newlines: BareNewlines) -> None:
        """BDAT was read."""
        self._check = self._check or ContentCheck(message_octets, bare_newlines)
        self._framing, self._ending = ChunkReader(size_octets), ContentEnded(last=last)

    def swallow(self, size_octets: int, violation: Violation) -> None:
        """BDAT was read and is not legal: say so when its octets have come."""
        self._framing, self._ending = ChunkReader(size_octets), violation

    def insert(self, octets: bytes, *, message_octets: int, bare_newlines: BareNewlines) -> bool:
        """Take octets that do not come from the client (BURL); tells whether they may be kept."""
        self._check = self._check or ContentCheck(message_octets, bare_newlines)
        return self._check.admits(octets)

    def finish(self) -> None:
        """The message has ended with octets that did not come from the client."""
        if self._check is not None:
            self._check.finish()

    def forget(self) -> None:
        """The transaction is over."""
        self._check = None

    def next_event(self, inbound: Inbound) -> Content | ContentEnded | Violation | NeedData:
        """Take octets; only to be called while something is under way."""
        framing = self._framing
        if framing is None:
            return self._ended()
        octets = inbound.take(framing.wants)
        if not octets and framing.wants != 0:
            return NEED_DATA
        content, rest = framing.feed(octets)
        if rest is not None:
            self._framing = None
            if rest:
                inbound.put_back(rest)
        if content and self._admits(content):
            return Content(content)
        return NEED_DATA if rest is None else self._ended()

    def _admits(self, content: bytes) -> bool:
        return isinstance(self._ending, ContentEnded) and self._check is not None and self._check.admits(content)

    def _ended(self) -> ContentEnded | Violation:
        ending, self._ending = self._ending, None
        assert ending is not None, "something is under way"
        if isinstance(ending, Violation):
            return ending
        if ending.last and self._check is not None:
            self._check.finish()
        return ContentEnded(self.refusal, ending.last)
