"""The MIME scanner against the standard library's parser, both in one run: ``python benchmarks/mime.py [--write]``.

Three kinds of mail, made from a seed: plain text of 4 KB, small nested multiparts of 0.6 KB, one attachment of 1 MB. Every
round has messages that neither side has seen before, as in life, so that no cache knows their boundaries; one workload shows what
caches do. Within a round both sides take turns on the same messages, and the median of the rounds' ratios counts, so that
whatever else the machine does meets both. ``--write`` puts the table into ``benchmarks/results/mime.md``.
"""

import email
import platform
import random
import subprocess
import sys
import time
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from posthouse.formats.mime.scanner import scan

SEED = 20261122
ROUNDS = 25
RESULT = Path(__file__).parent / "results" / "mime.md"
WORDS = ["the", "mail", "of", "last", "week", "came", "with", "three", "letters", "about", "house", "one", "office", "town"]


class Workload(NamedTuple):
    """One kind of mail and the ratio it must reach."""

    name: str
    make: Callable[[random.Random], bytes]
    messages: int
    """Messages in one round."""
    target: float
    repeated: bool = False
    """The same messages in every round, so that both sides' caches know their boundaries."""


class Measured(NamedTuple):
    """The outcome for both sides."""

    workload: Workload
    own: float
    """Megabytes per second, the median of all rounds."""
    standard: float
    ratio: float
    """The median of the rounds' ratios, which need not be the ratio of the medians."""


def main() -> None:
    workloads = [
        Workload("text, 4 KB", text_message, 200, 2),
        Workload("nested multiparts, 0.6 KB", nested_message, 500, 4),
        Workload("nested multiparts, 0.6 KB, the same again", nested_message, 200, 4, repeated=True),
        Workload("attachment, 1 MB", attachment_message, 2, 10),
    ]
    table = report([measure(workload) for workload in workloads])
    print(table)
    if "--write" in sys.argv[1:]:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(table)


def measure(workload: Workload) -> Measured:
    random_ = random.Random(SEED)
    own, standard = [], []
    messages: list[bytes] = []
    for _ in range(ROUNDS):
        if not (messages and workload.repeated):
            messages = [workload.make(random_) for _ in range(workload.messages)]
        own.append(megabytes_per_second(scan, messages))
        standard.append(megabytes_per_second(email.message_from_bytes, messages))
    ratios = [mine / theirs for mine, theirs in zip(own, standard, strict=True)]
    return Measured(workload, median(own), median(standard), median(ratios))


def megabytes_per_second(parse: Callable[[bytes], object], messages: list[bytes]) -> float:
    begun = time.perf_counter()
    for message in messages:
        parse(message)
    return sum(map(len, messages)) / 1e6 / (time.perf_counter() - begun)


def report(measured: list[Measured]) -> str:
    lines = [
        "# MIME scanner against the standard library",
        "",
        "| mail | posthouse, MB/s | email.message_from_bytes, MB/s | ratio | target |",
        "|---|---|---|---|---|",
    ]
    for workload, own, standard, ratio in measured:
        lines.append(f"| {workload.name} | {own:.1f} | {standard:.1f} | **{ratio:.1f}** | {workload.target:g} |")
    lines += ["", f"{conditions()}", "Run again with `python benchmarks/mime.py --write`.", ""]
    return "\n".join(lines)


def conditions() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}, seed {SEED}, medians of {ROUNDS} "
        f"rounds; {platform.python_implementation()} {platform.python_version()}, msgspec {msgspec.__version__}, "
        f"{platform.machine()}, {platform.system()}. The standard library has its default "
        "policy, compat32; it compiles a pattern for every new boundary, which is most of its time on small nested mail."
    )


def trace_header(random_: random.Random, received: int) -> bytes:
    hops = b"".join(
        b"Received: from mx%d.example.net (mx%d.example.net [192.0.2.%d])\r\n\tby mail.example.test with ESMTPS id %08x\r\n"
        b"\tfor <bob@example.test>; Sun, 22 Nov 2026 13:48:48 +0000\r\n" % (hop, hop, hop + 1, random_.getrandbits(32))
        for hop in range(received)
    )
    return hops + (
        b"From: Alice <alice@example.net>\r\nTo: bob@example.test\r\nSubject: letters %08x\r\n"
        b"Message-ID: <%016x@example.net>\r\nDate: Sun, 22 Nov 2026 13:48:48 +0000\r\nMIME-Version: 1.0\r\n"
        % (random_.getrandbits(32), random_.getrandbits(64))
    )


def text_message(random_: random.Random) -> bytes:
    header = trace_header(random_, 3) + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return header + lines(random_, 4096 - len(header))


def lines(random_: random.Random, octets: int) -> bytes:
    text = b""
    while len(text) < octets:
        text += " ".join(random_.choices(WORDS, k=random_.randint(6, 14))).encode() + b"\r\n"
    return text


def nested_message(random_: random.Random) -> bytes:
    outer, inner = b"o%08x" % random_.getrandbits(32), b"i%08x" % random_.getrandbits(32)
    return (
        b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.test>\r\nSubject: Monday\r\nMIME-Version: 1.0\r\n"
        b"Date: Sun, 22 Nov 2026 13:48:48 +0000\r\nMessage-ID: <" + outer + b"@example.net>\r\n"
        b"Content-Type: multipart/mixed; boundary=" + outer + b"\r\n\r\n--" + outer + b"\r\n"
        b'Content-Type: multipart/alternative; boundary="' + inner + b'"\r\n\r\n--' + inner + b"\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello Bob\r\n--" + inner + b"\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello Bob</p>\r\n--" + inner + b"--\r\n\r\n--" + outer + b"\r\n"
        b'Content-Type: text/x-log; name="a.log"\r\nContent-Disposition: attachment; filename="a.log"\r\n\r\none\r\ntwo\r\n--'
        + outer + b"--\r\n"
    )  # fmt: skip


def attachment_message(random_: random.Random) -> bytes:
    boundary = b"b%016x" % random_.getrandbits(64)
    content = encodebytes(random_.randbytes(760_000)).replace(b"\n", b"\r\n")
    return (
        trace_header(random_, 3) + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n--' + boundary
        + b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + lines(random_, 500) + b"\r\n--" + boundary
        + b'\r\nContent-Type: application/pdf; name="letters.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="letters.pdf"\r\n\r\n' + content + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
