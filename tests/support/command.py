"""The command line as a test drives it: in this process for speed, or as a process of its own."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.running import free_offset

from posthouse.cli.main import run

STOP_SECONDS = 20.0


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as values."""
        return json.loads(self.out)


class StandardInput(io.TextIOWrapper):
    """A pipe with something in it."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(io.BytesIO(octets))


Command = Callable[..., Said]


def command(directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Make ``posthouse -d directory …`` a function; ``given`` is its standard input."""

    def said(*arguments: str, given: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", StandardInput(given))
        status = run(["-d", str(directory), *arguments])
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return said


@contextmanager
def serving(directory: Path, *more: str) -> Iterator[int]:
    """Run ``posthouse serve`` on loopback until the block ends; gives the port offset."""
    offset = free_offset()
    arguments = [sys.executable, "-m", "posthouse.cli.main", "-d", str(directory), "serve", "--bind", "127.0.0.1"]
    log = directory.parent / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*arguments, "--port-offset", str(offset), *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"posthouse ready\n", log.read_text()
        yield offset
    finally:
        process.terminate()
        try:
            assert process.wait(STOP_SECONDS) == 0, log.read_text()
        finally:
            process.kill()
            process.stdout.close()
