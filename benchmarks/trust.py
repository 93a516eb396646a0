"""DKIM beside dkimpy, in one run: ``python benchmarks/trust.py [--write]``. Needs ``tests/real/install-libraries``.

Messages of 4 KB and 1 MB of text with long lines and indented ones, relaxed/relaxed, RSA of 2048 bits and Ed25519. Each side
signs and verifies the same messages, each in a process that has everything loaded, and the two take turns. The median of the
rounds' ratios counts. Ours reads the body in chunks of 256 KiB, as the server does; keys are loaded once to sign, and read from
their record each time to verify. ``--write`` puts the table into ``benchmarks/results/trust.md``.
"""

import base64
import json
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import SigningKey, sign
from posthouse.trust.dkim.verify import examine, verify
from posthouse.trust.questions import Answer

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "trust.md"
SEED = 20261125
ROUNDS = 15
CHUNK = 262_144
NOW = 1_800_000_000
THEIRS = """
import base64, json, sys, time
import dkim
for line in sys.stdin:
    work = json.loads(line)
    message, key = base64.b64decode(work["message"]), base64.b64decode(work["key"])
    record = work["record"].encode()
    begun = time.perf_counter()
    for _ in range(work["times"]):
        if work["verb"] == "sign":
            field = dkim.sign(message, b"s", b"example.com", key, canonicalize=(b"relaxed", b"relaxed"),
                signature_algorithm=work["algorithm"].encode(), include_headers=[b"from", b"to", b"subject", b"date"])
        else:
            assert dkim.verify(message, dnsfunc=lambda name, timeout=5: record)
    print((time.perf_counter() - begun) / work["times"], flush=True)
"""


def letter(octets: int, chance: random.Random) -> tuple[bytes, bytes]:
    """Head and body."""
    words = ["the", "mail", "of", "last", "week", "came", "with", "three", "letters"]
    lines: list[bytes] = []
    size = 0
    while size < octets:
        line = b" " * chance.choice([0, 0, 0, 4, 8]) + " ".join(chance.choices(words, k=12)).encode() + b"\r\n"
        lines.append(line)
        size += len(line)
    fields = [b"Received: from a by b; now\r\n" * 5, b"From: A <a@example.com>\r\n", b"To: b@example.net\r\n", b"Subject: x\r\n"]
    return b"".join(fields) + b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n", b"".join(lines)


def timed(work: Callable[[], Any], times: int) -> float:
    """Seconds of one."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def chunks(body: bytes) -> list[bytes]:
    return [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]


def verified(head: bytes, body: bytes, record: str) -> None:
    check = verify(examine(head, chunks(body)), NOW)
    next(check)
    try:
        check.send((Answer((record,)),))
    except StopIteration as end:
        [verdict] = end.value
        if verdict.result.value != "pass":
            raise ValueError(verdict.reason) from None


def rows(theirs: subprocess.Popen[str]) -> list[str]:
    """The lines of the table."""
    chance = random.Random(SEED)
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    edwards = Ed25519PrivateKey.generate()
    kinds = ((SigningKey("s", private), pem), (SigningKey("s", edwards), base64.b64encode(edwards.private_bytes_raw())))
    found = []
    for size, name, times in ((4_096, "4 KB", 40), (1_048_576, "1 MB", 2)):
        for key, octets in kinds:
            head, body = letter(size, chance)
            record = key_record(key.private.public_key())
            signed = sign(head, chunks(body), [key], "example.com", NOW - 100_000_000) + head
            ours: dict[str, Callable[[], Any]] = {
                "sign": lambda key=key, head=head, body=body: sign(head, chunks(body), [key], "example.com", NOW),
                "verify": lambda signed=signed, body=body, record=record: verified(signed, body, record),
            }
            for verb, work in ours.items():
                message = (head if verb == "sign" else signed) + b"\r\n" + body
                request = {"verb": verb, "times": times, "record": record, "algorithm": key.algorithm}
                request |= {"message": base64.b64encode(message).decode(), "key": base64.b64encode(octets).decode()}
                pairs = [(timed(work, times), asked(theirs, request)) for _ in range(ROUNDS)]
                own, other = median(one for one, _ in pairs), median(two for _, two in pairs)
                ratio = median(two / one for one, two in pairs)
                found.append(f"| {verb}, {name}, {key.algorithm} | {own * 1000:.2f} | {other * 1000:.2f} | **{ratio:.1f}** |")
                print(found[-1])
    return found


def asked(theirs: subprocess.Popen[str], request: dict[str, Any]) -> float:
    assert theirs.stdin is not None
    assert theirs.stdout is not None
    theirs.stdin.write(json.dumps(request) + "\n")
    theirs.stdin.flush()
    return float(theirs.stdout.readline())


def main() -> None:
    python = ROOT / ".real" / "venv" / "bin" / "python"
    with subprocess.Popen([str(python), "-c", THEIRS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as theirs:
        found = rows(theirs)
        theirs.communicate()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.strip()
    machine = f"CPython {platform.python_version()}, {platform.machine()}, {platform.system()}"
    page = [
        "# DKIM beside dkimpy",
        "",
        "| work | posthouse, ms | dkimpy, ms | times as quick |",
        "|---|---|---|---|",
        *found,
        "",
        f"{datetime.now(UTC).date()}, commit {commit}, seed {SEED}, medians of {ROUNDS} rounds; {machine};",
        "other work was running on the same two cores.",
        "dkimpy 1.1.8 signs RSA in Python and reads its private key each time; both read the public key each time.",
        "Run again with `python benchmarks/trust.py --write`.",
        "",
    ]
    if "--write" in sys.argv:
        RESULT.write_text("\n".join(page))


if __name__ == "__main__":
    main()
