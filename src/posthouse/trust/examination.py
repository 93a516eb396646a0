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


def examine(head: bytes, body: Iterable[bytes]) -> Examination:
    """Read head and body of a message; nothing of the body is read where nobody signed it.

    ``head`` is the header block as it came, with or without its blank line; ``body`` the octets behind that, in chunks.
    """
    fields = HeaderFields(head)
    read = dkim.signatures(fields)
    usable = [item for item in read if isinstance(item, Signature)]
    chain = arc.read(fields)
    needed = [*usable, *(item.signature for item in chain.sets[-1:])]
    digests = BodyDigests(wanted(needed))
    if needed:
        for chunk in body:
            digests.update(chunk)
    made = digests.finish()
    return Examination(
        tuple(item if isinstance(item, Unusable) else examined(fields, item, made) for item in read),
        arc.with_body(chain, fields, made),
    )
