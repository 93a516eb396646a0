"""Examining what lies in memory, in the spool, or in pieces of either."""

from pathlib import Path

import pytest
from tests.support.asked import answered
from tests.support.dkim_messages import BODY, HEAD, KEYS, SIGNATURES
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.model.content import Body, Content, Range
from posthouse.services.trust import octets
from posthouse.services.trust.examining import examine
from posthouse.services.trust.octets import chunks, divided
from posthouse.trust.dkim.verify import Result, verify

MESSAGE = HEAD + b"\r\n" + BODY


@pytest.mark.parametrize("place", ["memory", "spool"])
@pytest.mark.parametrize("chunk", [70, 101, 100_000])
@pytest.mark.parametrize("quick", [0, 100_000])
async def test_a_signed_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, chunk: int, quick: int) -> None:
    monkeypatch.setattr(octets, "CHUNK_OCTETS", chunk)
    monkeypatch.setattr("posthouse.services.trust.examining.QUICK_OCTETS", quick)
    spool = FileSpool(tmp_path, FakeClock(), CountingEntropy())
    body: Body = b"junk" + MESSAGE + b"junk"
    if place == "spool":
        file = await spool.create()
        await file.write(b"junk" + MESSAGE + b"junk")
        body = await file.finish()
    content = Content(body, (SIGNATURES, Range(4, 4 + len(MESSAGE))))
    assert b"".join([part async for part in chunks(content, spool)]) == SIGNATURES + MESSAGE
    head, rest = await divided(content, spool)
    assert head == SIGNATURES + HEAD + b"\r\n"
    assert b"".join([part async for part in rest]) == BODY
    verdicts = answered(verify((await examine(content, spool)).signatures, 1_528_637_909), KEYS)
    assert [verdict.result for verdict in verdicts] == [Result.PASS, Result.PASS]
    spool.stop()


async def test_messages_without_body_or_header(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path, FakeClock(), CountingEntropy())
    for message in (b"", HEAD, b"\r\nBody", b"no header"):
        examination = await examine(Content(message), spool)
        assert examination.signatures == ()
    spool.stop()
