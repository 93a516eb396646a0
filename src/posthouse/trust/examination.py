"""One look at a message for all checks that need its octets: DKIM signatures and the ARC chain, in one pass over the body.

For a thread: time grows with the message, memory does not.
"""

from collections.abc import Iterable

import msgspec

from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dkim.examining import BodyDigests, Examined, HeaderFields, examined, wanted
from posthouse.trust.dkim.signature import Signature, Unusable


class Examination(msgspec.Struct, frozen=True):
    """What ``dkim.verify.verify`` and ``arc.verify.verify`` need."""

    signatures: tuple[Examined | Unusable, ...]
    chain: arc.ExaminedChain


class Examiner:
    """Takes the head, then the body in chunks of any size, then gives the examination. Not for two threads at once."""

    def __init__(self, head: bytes) -> None:
        """``head`` is the header block as it came, with or without its blank line."""
        self._fields = HeaderFields(head)
        self._read = dkim.signatures(self._fields)
        self._chain = arc.read(self._fields)
        needed = [item for item in self._read if isinstance(item, Signature)]
        needed += [item.signature for item in self._chain.sets[-1:]]
        self._digests = BodyDigests(wanted(needed))
        self.needs_body = bool(needed)
        """Whether anybody signed the body; else it need not be read."""

    def update(self, chunk: bytes) -> None:
        """Take the next octets of the body."""
        self._digests.update(chunk)

    def finish(self) -> Examination:
        """The body has ended. To be called once."""
        made = self._digests.finish()
        return Examination(
            tuple(item if isinstance(item, Unusable) else examined(self._fields, item, made) for item in self._read),
            arc.with_body(self._chain, self._fields, made),
        )


def examine(head: bytes, body: Iterable[bytes]) -> Examination:
    """Read head and body of a message; nothing of the body is read where nobody signed it."""
    examiner = Examiner(head)
    if examiner.needs_body:
        for chunk in body:
            examiner.update(chunk)
    return examiner.finish()
