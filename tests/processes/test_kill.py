"""Promise 1: what got its 250 is there, whatever is killed when.

``POSTHOUSE_KILLS`` says how many times (``make soak``: 20), ``POSTHOUSE_SEED`` repeats a run.
"""

import imaplib
import json
import os
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until
from tests.support.senders import Senders
from tests.support.sink import Sink

KILLS = int(os.environ.get("POSTHOUSE_KILLS", "1"))
SEED = int(os.environ.get("POSTHOUSE_SEED", "1"))
CASES = [(1, "group"), (3, "worker"), *([(3, "group")] if KILLS > 1 else [])]
ACCOUNTS = ("alice", "bob", "carol", "dave", "erin", "frank")


@pytest.mark.parametrize(("workers", "victim"), CASES)
def test_what_was_acknowledged_is_there_exactly_once(tmp_path: Path, workers: int, victim: str) -> None:
    dice = random.Random(SEED)
    with Sink() as sink, running(tmp_path, ACCOUNTS, workers=workers) as server:
        server.command("setting", "set", "routes", f"remote.example=smtp://127.0.0.1:{sink.port}")
        for name in ("far", "away"):
            server.command("alias", "add", f"to-{name}@{DOMAIN}", f"{name}@remote.example")
        senders = Senders(server, ACCOUNTS, SEED)
        senders.start()
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.3, 1.5))
            if victim == "group":
                server.kill()
                server.start()
            else:
                os.kill(dice.choice(server.child_ids()), signal.SIGKILL)
        time.sleep(0.5)
        senders.stop()
        assert senders.unexpected == []
        assert len(senders.acknowledged) > 10 * KILLS
        assert until(lambda: json.loads(server.command("--json", "queue", "list")) == [], 120), server.command("queue", "list")
        _check_mailboxes(server, senders)
        _check_remote(sink, senders)
        assert server.stop() == 0
        for name in ACCOUNTS:
            server.command("verify", f"{name}@{DOMAIN}")


def _check_mailboxes(server: Server, senders: Senders) -> None:
    for name in ACCOUNTS:
        client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=30)
        client.login(f"{name}@{DOMAIN}", PASSWORD)
        client.select("INBOX", readonly=True)
        _, rows = client.fetch("1:*", "(UID BODY.PEEK[])")
        client.logout()
        found = [row for row in rows if isinstance(row, tuple)]
        uids = [int(re.search(rb"UID (\d+)", row[0]).group(1)) for row in found]  # type: ignore[union-attr]
        assert uids == sorted(set(uids))
        texts = [bytes(row[1]) for row in found]
        times = Counter(text.partition(b"\r\nSubject: ")[2].partition(b"\r\n")[0].decode() for text in texts)
        assert [subject for subject, number in times.items() if number > 1] == []
        by_subject = {text.partition(b"\r\nSubject: ")[2].partition(b"\r\n")[0].decode(): text for text in texts}
        for sent in senders.acknowledged:
            if name in sent.locals:
                assert sent.subject in by_subject, f"{name} lacks {sent.subject}"
                assert by_subject[sent.subject].endswith(sent.octets), f"{sent.subject} is not as it was sent"


def _check_remote(sink: Sink, senders: Senders) -> None:
    for sent in senders.acknowledged:
        for remote in sent.remotes:
            assert sink.received[sent.subject, remote] >= 1, f"{remote} never got {sent.subject}"
    again = sum(number - 1 for number in sink.received.values())
    print(f"{len(senders.acknowledged)} acknowledged, {sum(sink.received.values())} relayed, {again} of them again")
