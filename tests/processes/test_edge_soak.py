"""The edge under load: mail of all sizes to here and elsewhere, servers with moods, killed processes; nothing is lost.

``POSTHOUSE_EDGE_MESSAGES`` (``make soak``: 100,000) and ``POSTHOUSE_EDGE_KILLS`` (20) say how much, ``POSTHOUSE_SEED`` repeats it.
"""

import imaplib
import json
import os
import random
import re
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from tests.support.edge_senders import EdgeSenders
from tests.support.moody import Mood, Moody
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

pytestmark = pytest.mark.long
MESSAGES = int(os.environ.get("POSTHOUSE_EDGE_MESSAGES", "1500"))
KILLS = int(os.environ.get("POSTHOUSE_EDGE_KILLS", "3"))
SEED = int(os.environ.get("POSTHOUSE_SEED", "1"))
ACCOUNTS = tuple(f"user{number}" for number in range(8))
REMOTES = ("steady.example", "moody.example")
MOODS = (Mood.GOOD, Mood.STALL, Mood.GOOD, Mood.DEFER, Mood.GOOD, Mood.DROP, Mood.GOOD, Mood.AWAY)
MARKED = "possible duplicate"


def test_nothing_is_lost_and_nothing_doubled_unmarked(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    with Moody() as steady, Moody() as moody, running(tmp_path, (*ACCOUNTS, "bounces"), workers=2) as server:
        _prepare(server, steady, moody)
        senders = EdgeSenders(server, ACCOUNTS, REMOTES, MESSAGES, SEED)
        begun = time.monotonic()
        senders.start()
        memory = _rule(server, senders, moody, dice)
        senders.join()
        seconds = time.monotonic() - begun
        moody.mood = Mood.GOOD
        server.command("queue", "retry", "--all")
        assert senders.unexpected == []
        waited = until(lambda: not json.loads(server.command("--json", "queue", "list", "--limit", "10")), 60 + MESSAGES / 100)
        queued = json.loads(server.command("--json", "queue", "list"))
        assert waited, queued[:5]
        _check_local(server, senders)
        bounced = _bounced(server)
        again = _check_remote(server, (steady, moody), senders, bounced)
        early, late = _thirds(memory)
        print(
            f"\n{len(senders.kept)} acknowledged in {seconds:.0f} s ({senders.octets / 1e6:.0f} MB), {KILLS} kills, "
            f"{sum(len(kept.locals) for kept in senders.kept)} local, {sum(len(kept.remotes) for kept in senders.kept)} elsewhere, "
            f"{len(bounced)} bounced, {again} relayed again (all marked); memory {early:.0f} MiB early, {late:.0f} MiB late"
        )
        assert late < early * 1.5 + 64
        assert server.stop() == 0
        for name in ACCOUNTS:
            server.command("verify", f"{name}@{DOMAIN}")


def _prepare(server: Server, steady: Moody, moody: Moody) -> None:
    routes = f"steady.example=smtp://127.0.0.1:{steady.port}, moody.example=smtp://127.0.0.1:{moody.port}"
    server.command("setting", "set", "routes", routes)
    server.command("setting", "set", "queue.schedule", "1, 2, 4, 8")
    for name in ("far", "away", "out", "bad"):
        for remote in REMOTES:
            server.command("alias", "add", f"to-{name}-{remote}@{DOMAIN}", f"{name}@{remote}")


def _rule(server: Server, senders: EdgeSenders, moody: Moody, dice: random.Random) -> list[float]:
    """Kill now and then, change moods, watch the memory, until all is sent; the memory in MiB every second."""
    memory, moods, killed = [], cycle(MOODS), 0
    while not senders.done:
        moody.mood = next(moods)
        for _ in range(dice.randint(2, 5)):
            time.sleep(1)
            memory.append(_pss(server))
        if killed < KILLS and len(senders.kept) >= MESSAGES * (killed + 1) / (KILLS + 1):
            killed += 1
            if killed % 2:
                os.kill(dice.choice(server.child_ids()), signal.SIGKILL)
            else:
                server.kill()
                server.start()
    assert killed == KILLS or KILLS > 3, "there was no time for the kills"
    return memory


def _pss(server: Server) -> float:
    total = 0
    for pid in server.child_ids():
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it has just been killed
        total += int(re.search(r"Pss:\s+(\d+)", rollup).group(1))  # type: ignore[union-attr]
    return total / 1_024


def _thirds(memory: list[float]) -> tuple[float, float]:
    third = max(len(memory) // 3, 1)
    return statistics.median(memory[third : 2 * third] or memory), statistics.median(memory[-third:])


def _check_local(server: Server, senders: EdgeSenders) -> None:
    for name in ACCOUNTS:
        times = Counter(subject for subject, _ in _subjects(server, name, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
        assert [subject for subject, number in times.items() if number > 1] == []
        missing = [kept.subject for kept in senders.kept if name in kept.locals and kept.subject not in times]
        assert missing == [], f"{name} lacks {len(missing)} messages"


def _subjects(server: Server, name: str, items: str) -> Iterator[tuple[str, bytes]]:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=120)
    client.login(f"{name}@{DOMAIN}", PASSWORD)
    _, (count, *_) = client.select("INBOX", readonly=True)
    if int(count or b"0"):
        _, rows = client.fetch("1:*", items)
        for row in rows:
            if isinstance(row, tuple):
                yield row[1].partition(b"Subject: ")[2].partition(b"\r\n")[0].decode(), row[1]
    client.logout()


def _bounced(server: Server) -> set[tuple[str, str]]:
    """Subject of the original and recipient of every failure that was told to the sender."""
    found = set()
    for _, octets in _subjects(server, "bounces", "(BODY.PEEK[])"):
        if b"Action: failed" not in octets:
            continue
        original = octets.rpartition(b"\r\nSubject: ")[2].partition(b"\r\n")[0].decode()
        for address in re.findall(rb"Final-Recipient: rfc822; ?([^\r\n]+)", octets):
            found.add((original, address.decode()))
    return found


def _check_remote(server: Server, sinks: tuple[Moody, Moody], senders: EdgeSenders, bounced: set[tuple[str, str]]) -> int:
    received = sinks[0].received + sinks[1].received
    for kept in senders.kept:
        for remote in kept.remotes:
            if remote.startswith("bad"):
                name = f"to-{remote.replace('@', '-')}@{DOMAIN}"
                assert {(kept.subject, remote), (kept.subject, name)} & bounced, f"nobody was told that {remote} failed"
            else:
                assert received[kept.subject, remote] >= 1, f"{remote} never got {kept.subject}"
    traces = {kept.subject: kept.trace for kept in senders.kept}
    doubled = [subject for (subject, _), number in received.items() if number > 1 and subject in traces]
    for subject in doubled[:300]:
        assert MARKED in server.command("trace", traces[subject]), f"{subject} came twice, unmarked"
    return len(doubled)
