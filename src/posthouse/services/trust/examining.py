"""Examines a message that has come in, without holding up the event loop."""

import asyncio

from posthouse.model.content import Content
from posthouse.ports.spool import Spool
from posthouse.services.trust.octets import QUICK_OCTETS, divided
from posthouse.trust.examination import Examination, Examiner


async def examine(content: Content, spool: Spool) -> Examination:
    """Read a message once and make what its DKIM signatures and its ARC chain are judged by.

    Raises: NotFound, Corrupt (the spool's).
    """
    head, body = await divided(content, spool)
    quick = content.size_octets <= QUICK_OCTETS
    examiner = Examiner(head) if quick else await asyncio.to_thread(Examiner, head)
    if examiner.needs_body:
        async for chunk in body:
            if quick:
                examiner.update(chunk)
            else:
                await asyncio.to_thread(examiner.update, chunk)
    return examiner.finish() if quick else await asyncio.to_thread(examiner.finish)
