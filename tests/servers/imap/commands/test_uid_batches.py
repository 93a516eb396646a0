"""Batches of more than one size, and UIDs with holes."""

from array import array
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.imap.commands.uid_batches import UidBatches
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import sequence_set
from posthouse.servers.imap.commands import uid_batches as module
from posthouse.servers.imap.session import Session


async def _batches(uids: list[int], command: UidBatches) -> list[tuple[int, int]]:
    said: list[bytes] = []
    selected = SimpleNamespace(uids=array("I", uids))
    session = SimpleNamespace(tag=b"a", write=said.append, the_selected=lambda: selected)
    await module.uid_batches(cast("Session", session), command)
    text = said[0].removeprefix(b'* UIDBATCHES (TAG "a")').strip()
    return list(sequence_set(Cursor(text)).ranges) if text else []


@given(st.sets(st.integers(1, 200)).map(sorted), st.integers(1, 20))
async def test_batches_hold_equally_many_and_leave_nothing_out(uids: list[int], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SMALLEST", 1)
        batches = await _batches(uids, UidBatches(size))
        some = await _batches(uids, UidBatches(size, 2, 3))
    counts = [sum(low <= uid <= high for uid in uids) for low, high in batches]
    assert counts == [size] * (len(uids) // size) + ([len(uids) % size] if len(uids) % size else [])
    assert [uid for low, high in batches for uid in range(high, low - 1, -1)] == list(range(uids[-1] if uids else 0, 0, -1))
    assert some == batches[1:3]
