"""The whole demonstration: first start, sign-in, second start."""

import contextlib
import imaplib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.running import free_offset

from posthouse.bootstrap.demo.letter import letters
from posthouse.bootstrap.demo.preparing import prepare
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Invalid


@contextmanager
def _demo(directory: Path, offset: int) -> Iterator[list[str]]:
    arguments = ["-m", "posthouse.cli.main", "demo", "--directory", str(directory), "--port-offset", str(offset)]
    with (directory.parent / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, process_group=0)
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not lines or "Ctrl-C stops it." not in lines[-1]:
            line = process.stdout.readline()
            assert line, (directory.parent / "log").read_text()
            lines.append(line)
        yield lines
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _password(lines: list[str], address: str) -> str:
    return next(line.split()[1] for line in lines if line.split()[:1] == [address])


def test_people_find_their_letters_and_the_second_start_finds_everything_again(tmp_path: Path) -> None:
    directory, offset = tmp_path / "demo", free_offset()
    with _demo(directory, offset) as lines:
        password = _password(lines, "alice@example.test")
        client = imaplib.IMAP4("127.0.0.1", 143 + offset, timeout=10)
        client.login("alice@example.test", password)
        _, (count,) = client.select("INBOX")
        _, (seen,) = client.search(None, "SEEN")
        _, (sent,) = client.select("Sent")
        client.logout()
        assert int(count or b"0") >= 25
        assert 5 <= len(seen.split()) < int(count or b"0")
        assert int(sent or b"0") == sum(letter.sender == "alice" for letter in letters())
    with _demo(directory, offset) as lines:
        assert _password(lines, "alice@example.test") == password
        assert not any("letters …" in line for line in lines)


async def test_an_interrupted_first_start_is_begun_again_and_strangers_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.new").mkdir()
    (tmp_path / "demo.new" / "half").write_text("x")
    layout = Layout(tmp_path / "demo")
    made = await prepare(layout)
    assert set(made.passwords) == {"alice@example.test", "bob@example.test", "postmaster@example.test"}
    assert await prepare(layout) == made
    assert (tmp_path / "demo" / "sign-in.toml").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "demo.new").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").write_text("x")
    with pytest.raises(Invalid, match="something else"):
        await prepare(Layout(tmp_path / "other"))
