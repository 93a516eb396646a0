"""What IMAP commands cost in a folder of 2,000, 20,000 and 200,000 messages, and how long another session waits meanwhile.

    python benchmarks/imap_growth.py [SIZE …]

Makes an installation of its own in a temporary directory, serves it on loopback and stops it. Prints a table in Markdown; absolute
times belong to the machine, the ratios between the columns are the claim.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.support.running import DOMAIN, PASSWORD, Server, install

from posthouse.bootstrap.house import open_house
from posthouse.bootstrap.layout import Layout
from posthouse.model.content import Content
from posthouse.model.delivery import Append

SIZES = (2_000, 20_000, 200_000)
ROUNDS = 15
LETTER = (
    "From: Writer {0} <writer{0}@example.com>\r\nTo: alice@example.test\r\nSubject: letter {1}\r\n"
    "Date: Mon, 06 Jul 2026 10:00:00 +0000\r\n"
    "Message-ID: <{1}@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis is the text of letter {1}, and {0}.\r\n"
)
SINGLE = {
    "SELECT, the folder not known yet": ["UNSELECT", "SELECT INBOX"],
    "NOOP": ["NOOP"],
    "FETCH one (FLAGS)": ["FETCH 7 (FLAGS)"],
    "FETCH one (BODY[])": ["FETCH 7 (BODY.PEEK[])"],
    "STORE one": ["STORE 7 +FLAGS (\\Flagged)", "STORE 7 -FLAGS (\\Flagged)"],
    "UID SEARCH UID": ["UID SEARCH UID 5:9"],
    "STATUS": ["STATUS INBOX (MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ)"],
    "APPEND": ["APPEND INBOX {12+}\r\nSubject: x\r\n"],
    "COPY one elsewhere": ["COPY 7 Archive"],
    "EXPUNGE of the last": ["STORE * +FLAGS.SILENT (\\Deleted)", "EXPUNGE"],
}
WHOLE = {
    "FETCH 1:* (FLAGS)": "FETCH 1:* (FLAGS)",
    "FETCH 1:* (ENVELOPE)": "FETCH 1:* (ENVELOPE)",
    "SEARCH TEXT (nothing found)": "SEARCH TEXT qqzzxx",
    "SORT (SUBJECT)": "SORT (SUBJECT) UTF-8 ALL",
    "THREAD REFERENCES": "THREAD REFERENCES UTF-8 ALL",
    "STORE 1:* +FLAGS.SILENT": "STORE 1:* +FLAGS.SILENT (\\Seen)",
    "COPY 1:* elsewhere": "COPY 1:* Archive",
    "EXPUNGE of half": "UID EXPUNGE 1:*",
}


class Client:
    """A client that counts octets and looks at nothing."""

    async def sign_in(self, port: int, name: str) -> None:
        """Connect and sign in."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
        await self._reader.readline()
        await self.do(f"LOGIN {name}@{DOMAIN} {PASSWORD}")

    async def do(self, line: str) -> float:
        """Give a command; seconds until its end. Raises: AssertionError when it fails."""
        began = time.perf_counter()
        self._writer.write(f"a {line}\r\n".encode())
        rest = b""
        while True:
            octets = rest + await self._reader.read(1 << 20)
            start = octets.rfind(b"\n", 0, len(octets) - 1) + 1
            if octets.endswith(b"\r\n") and octets[start:].startswith(b"a "):
                assert octets[start:].startswith(b"a OK"), (line, octets[start:])
                return time.perf_counter() - began
            rest = octets[start:]

    def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()


async def fill(directory: Path, name: str, size: int) -> None:
    """Put messages into somebody's inbox, without a server."""
    async with open_house(Layout(directory)) as house:
        account = await house.directory.account_at(f"{name}@{DOMAIN}")
        assert account is not None
        inbox = (await house.accounts.mailboxes(account.id))[0]
        for start in range(0, size, 500):
            letters = [LETTER.format(number % 50, number).encode() for number in range(start, min(start + 500, size))]
            await house.accounts.append(account.id, inbox.id, [Append(Content(octets), 1.7e9) for octets in letters])


async def measure(port: int, name: str) -> dict[str, tuple[float, float]]:
    """For each command its median time, and for the large ones how long a NOOP of somebody else waited at most."""
    client, other = Client(), Client()
    await client.sign_in(port, name)
    await other.sign_in(port, "bystander")
    await other.do("SELECT INBOX")
    first = await client.do("SELECT INBOX")
    found = {"SELECT, the first ever": (first, 0.0)}
    for what, lines in SINGLE.items():
        times = [sum([await client.do(line) for line in lines]) / len(lines) for _ in range(ROUNDS)]
        found[what] = statistics.median(times), 0.0
    await client.do("STORE 1:* -FLAGS.SILENT (\\Seen)")
    for what, line in WHOLE.items():
        if what.startswith("EXPUNGE"):
            middle = "1:" + str(max(1, int(name.removeprefix("box")) // 2))
            await client.do(f"UID STORE {middle} +FLAGS.SILENT (\\Deleted)")
        seconds, waited = await beside(lambda line=line: client.do(line), other)
        found[what] = seconds, waited
    client.close()
    other.close()
    return found


async def beside(work: Callable[[], Awaitable[float]], other: Client) -> tuple[float, float]:
    """Do something while somebody else does nothing, again and again: how long it took, and what nothing took at most."""
    task = asyncio.ensure_future(work())
    longest = 0.0
    while not task.done():
        longest = max(longest, await other.do("NOOP"))
        await asyncio.sleep(0.002)
    return await task, longest


def main(sizes: list[int]) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="posthouse-growth-") as folder:
        directory = Path(folder) / "house"
        install(directory, ["bystander", *(f"box{size}" for size in sizes)])
        for size in sizes:
            asyncio.run(fill(directory, f"box{size}", size))
        server = Server(directory)
        server.start()
        try:
            found = [asyncio.run(measure(server.port("imap"), f"box{size}")) for size in sizes]
        finally:
            server.stop()
    print(
        "| command | " + " | ".join(f"{size:,}" for size in sizes) + f" | {sizes[-1]:,} : {sizes[0]:,} | NOOP beside it, at most |"
    )
    print("| --- |" + " ---: |" * (len(sizes) + 2))
    for what in found[0]:
        times = [f"{column[what][0] * 1_000:.2f} ms" for column in found]
        waited = f"{found[-1][what][1] * 1_000:.0f} ms" if found[-1][what][1] else ""
        print(f"| {what} | " + " | ".join(times) + f" | {found[-1][what][0] / found[0][what][0]:.1f} | {waited} |")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
