"""How long a table of mailboxes takes beside a running server: shown first, done, shown again, and what sign-ins take meanwhile.

``PYTHONPATH=. python benchmarks/table.py [ROWS]``
"""

import imaplib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.running import DOMAIN, PASSWORD, Server, running


def main(rows: int = 10_000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), accounts=("alice",)) as server:
        table = Path(folder) / "people.csv"
        lines = [f"p{number}@{DOMAIN},Person {number},1GB,de" for number in range(rows)]
        table.write_text("\n".join(["address,display_name,quota,language", *lines, ""]))
        quiet = [sign_in(server) for _ in range(50)]
        for what, options in (("shown", ["--dry-run"]), ("done", []), ("done again", [])):
            seconds, busy, told = timed(server, [*options, str(table)])
            print(f"{what}: {seconds:.1f} s ({told}); a sign-in meanwhile {milliseconds(busy)}, before {milliseconds(quiet)}")


def timed(server: Server, arguments: list[str]) -> tuple[float, list[float], str]:
    """Run the command; how long it took, what sign-ins took meanwhile, its last line."""
    command = [sys.executable, "-m", "posthouse.cli.main", "-d", str(server.directory), "account", "import", *arguments]
    begun, busy = time.perf_counter(), []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = ""
        for number, line in enumerate(process.stdout):
            last = line.strip()
            if number % 200 == 0:
                busy.append(sign_in(server))
    return time.perf_counter() - begun, busy, last


def sign_in(server: Server) -> float:
    """Seconds of a sign-in."""
    begun = time.perf_counter()
    with imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=30) as client:
        client.login(f"alice@{DOMAIN}", PASSWORD)
        return time.perf_counter() - begun


def milliseconds(found: list[float]) -> str:
    """The middle one."""
    return f"{statistics.median(found) * 1_000:.1f} ms" if found else "not measured"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
