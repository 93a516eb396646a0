"""Relaying out of a full queue, beside Postfix: both hand the same messages to the same smtp-sink on the loopback interface.

    PYTHONPATH=. python benchmarks/relay.py [MESSAGES] [ROUNDS]

Needs Postfix and root (tests/real/install-programs). The messages wait in the queue, durable, before the clock starts; it stops
when the queue is empty. Both may have 20 connections to the sink. The rounds alternate; the last line is the ratio of the medians.
"""

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from tests.support.postfix import Postfix
from tests.support.running import running

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.sql.sqlite.queue.store import SqliteQueue
from posthouse.adapters.system.clock import SystemClock
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient

CONNECTIONS = 20
OCTETS = 4_096
SENDER, RECIPIENT, DOMAIN = "s@example.test", "r@sink.example", "sink.example"
START_SECONDS = 6.0
BODY = b"Subject: relay\r\n\r\n" + b"A line of text that is sixty-four octets long with its end..\r\n" * (OCTETS // 64)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's own sink; gives its port."""
    port = 42_525
    process = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"])
    time.sleep(0.5)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


async def _fill(path: Path, count: int, release: float) -> None:
    queue, now = SqliteQueue(path, Hub(), SystemClock()), time.time()
    for start in range(0, count, 500):
        await asyncio.gather(*(queue.enqueue(_message(number, now, release)) for number in range(start, min(start + 500, count))))
    await asyncio.to_thread(queue.stop)


def _message(number: int, now: float, release: float) -> QueuedMessage:
    id_ = number.to_bytes(16, "big")
    recipient = Recipient(RECIPIENT, delivery_id=DeliveryId(id_), destination=DOMAIN)
    return QueuedMessage(QueueId(id_), TraceId(id_), SENDER, Content(BODY), (recipient,), now, release_at=release)


def posthouse(folder: Path, port: int, count: int) -> float:
    """Messages a second."""
    with running(folder, ("alice",)) as server:
        server.command("setting", "set", "routes", f"*=smtp://127.0.0.1:{port}?tls=none")
        server.command("setting", "set", "queue.per_destination", str(CONNECTIONS))
        server.command("setting", "set", "queue.per_host", str(CONNECTIONS))
        server.stop()
        path = server.directory / "queue" / "0.db"
        filled = time.time()
        release = filled + START_SECONDS + count / 2_000
        asyncio.run(_fill(path, count, release))
        server.start()
        assert time.time() < release, "the queue took too long to fill"
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        while time.time() < release or database.execute("SELECT 1 FROM message LIMIT 1").fetchone() is not None:
            time.sleep(0.01)
        elapsed = time.time() - release
        database.close()
    return count / elapsed


def postfix(folder: Path, port: int, count: int) -> float:
    """Messages a second."""
    settings = {
        "relayhost": f"[127.0.0.1]:{port}",
        "defer_transports": "smtp",
        "default_destination_concurrency_limit": str(CONNECTIONS),
        "initial_destination_concurrency": str(CONNECTIONS),
        "smtp_tls_security_level": "none",
        "default_process_limit": "100",
        "qmgr_message_active_limit": "40000",
        "in_flow_delay": "0",
    }
    made = Postfix("/usr/sbin/postfix", folder, ("127.0.0.1:42526",), settings=settings)
    made.install()
    made.start()
    try:
        source = [
            "/usr/sbin/smtp-source",
            "-s",
            "10",
            "-l",
            str(OCTETS),
            "-m",
            str(count),
            "-f",
            SENDER,
            "-t",
            RECIPIENT,
            "127.0.0.1:42526",
        ]
        subprocess.run(source, check=True)
        spool = folder / "spool"
        while _queued(spool, "incoming", "active"):
            time.sleep(0.1)
        assert _queued(spool, "deferred") == count
        main = made.configuration / "main.cf"
        main.write_text(main.read_text().replace("defer_transports = smtp\n", ""))
        subprocess.run(["/usr/sbin/postfix", "-c", str(made.configuration), "reload"], check=True, capture_output=True)
        time.sleep(1)
        began = time.time()
        subprocess.run(["/usr/sbin/postqueue", "-c", str(made.configuration), "-f"], check=True)
        while _queued(spool, "incoming", "active", "deferred"):
            time.sleep(0.05)
        return count / (time.time() - began)
    finally:
        made.stop()


def _queued(spool: Path, *names: str) -> int:
    return sum(1 for name in names for path in (spool / name).rglob("*") if path.is_file())


def main() -> None:
    """Measure by turns and print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found: dict[str, list[float]] = {"posthouse": [], "postfix": []}
    with sink() as port:
        for _ in range(rounds):
            for name, measure in (("posthouse", posthouse), ("postfix", postfix)):
                folder = Path(tempfile.mkdtemp(prefix="relay-"))
                folder.chmod(0o755)
                found[name].append(measure(folder, port, count))
                print(f"{name}: {found[name][-1]:,.0f} messages/s", flush=True)
                shutil.rmtree(folder, ignore_errors=True)
    ratio = statistics.median(found["posthouse"]) / statistics.median(found["postfix"])
    print(f"ratio: {ratio:.2f}")


if __name__ == "__main__":
    main()
