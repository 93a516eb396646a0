"""Fifty clients on one mailbox, four mail workers: no wrong word, and in the end all see the same.

``POSTHOUSE_CROWD_SECONDS`` says how long (``make soak``: 300), ``POSTHOUSE_SEED`` repeats a run as far as it can be.
"""

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.imap_crowd import Member, Record, gather
from tests.support.running import DOMAIN, PASSWORD, running

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("POSTHOUSE_CROWD_SECONDS", "3"))
SEED = int(os.environ.get("POSTHOUSE_SEED", "1"))


@pytest.mark.parametrize(("clients", "workers"), [(50 if SECONDS > 10 else 24, 4)])
def test_a_crowd_agrees_in_the_end(tmp_path: Path, clients: int, workers: int) -> None:
    with running(tmp_path, ("alice",), workers=workers) as server:
        record = Record()
        port = server.port("imap")
        members = [Member(port, f"alice@{DOMAIN}", PASSWORD, record, SEED * 1_000 + number) for number in range(clients)]
        seen = asyncio.run(gather(members, SECONDS), debug=False)
        assert all(one == seen[0] for one in seen)
        lost = record.appended - record.condemned - set(seen[0])
        assert not lost, f"nobody has removed {sorted(lost)[:20]}"
        assert server.stop() == 0
        server.command("verify", f"alice@{DOMAIN}")
        times = sorted(record.store_seconds)
        print(
            f"{clients} clients, {workers} workers, {SECONDS:g} s: {sum(record.commands.values())} commands "
            f"({dict(record.commands.most_common(6))}), refused {dict(record.refusals)}; "
            f"STORE median {times[len(times) // 2] * 1_000:.1f} ms, p99 {times[len(times) * 99 // 100] * 1_000:.1f} ms; "
            f"{len(seen[0])} messages left of {len(record.appended)} appended"
        )
