"""Messages to commands: real ones, run by the test."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.pipe.command import arguments
from posthouse.adapters.pipe.transmitter import PipeTransmitter
from posthouse.model.content import Content
from posthouse.model.delivery import Recipient
from posthouse.ports.transmitter import Result, Route, Transmission

MESSAGE = b"Subject: x\r\n\r\n" + b"text \xff\r\n" * 50_000


@pytest.fixture
async def transmitter(tmp_path: Path) -> AsyncIterator[PipeTransmitter]:
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    yield PipeTransmitter(spool, FakeClock())
    spool.stop()


async def run(transmitter: PipeTransmitter, script: str, *options: str, sender: str = "alice@example.test") -> Result:
    """Run a script of the shell; a pipe of root runs as nobody, who has no more than the system's programs."""
    recipients = (Recipient("bob@example.org"), Recipient("carla@example.org"))
    command = f"sh -c '{script.replace('$', '$$')}' sh $sender ($recipients)"
    route = Route("pipe", command, options=options, helo="me")
    first, second = await transmitter.transmit(route, Transmission(sender, recipients, Content(MESSAGE)))
    assert first == second
    return first


def test_arguments_are_filled_in_without_a_shell() -> None:
    filled = arguments("uux - -r 'host!rmail' ($recipients) $domain $$x", "a;b@c", ["`x`@d.example", "y@e.example"])
    assert filled == ["uux", "-", "-r", "host!rmail", "(`x`@d.example)", "(y@e.example)", "d.example", "$x"]
    assert arguments("cmd $sender $unknown", "", ["x@y"]) == ["cmd", "MAILER-DAEMON", "$unknown"]
    for sender, recipient in (("-oX@x", "a@b"), ("a@b", "--help@x"), ("a@b", "a\0@b")):
        with pytest.raises(ValueError, match=r"hyphen|NUL"):
            arguments("cmd $sender $recipients", sender, [recipient])


@given(st.text(max_size=30).filter(lambda text: not text.startswith("-") and "\0" not in text))
def test_an_address_is_one_argument(address: str) -> None:
    assert arguments("cmd a$recipients", "x@y", [address or "z"])[1:] == [f"a{address or 'z'}"]


async def test_the_message_comes_with_lf(transmitter: PipeTransmitter) -> None:
    script = 'sha256sum; echo "$1 $2 $3"'
    result = await run(transmitter, script)
    digest = hashlib.sha256(MESSAGE.replace(b"\r\n", b"\n")).hexdigest()
    assert (result.code, result.text) == (250, f"sh: {digest} - alice@example.test (bob@example.org) (carla@example.org)")
    assert hashlib.sha256(MESSAGE).hexdigest() in (await run(transmitter, script, "crlf")).text


async def test_a_from_line(transmitter: PipeTransmitter) -> None:
    result = await run(transmitter, "head -n 1", "from")
    assert result.text == "sh: From alice@example.test Tue Nov 14 22:13:20 2023 remote from me"
    assert "From MAILER-DAEMON " in (await run(transmitter, "head -n 1", "from", sender="")).text


@pytest.mark.parametrize(
    ("status", "code", "enhanced"), [(0, 250, "2.0.0"), (67, 550, "5.1.1"), (75, 451, "4.0.0"), (1, 451, "4.3.0")]
)
async def test_exit_codes(transmitter: PipeTransmitter, status: int, code: int, enhanced: str) -> None:
    result = await run(transmitter, f"echo words of mine; exit {status}")
    assert (result.code, result.status, result.text) == (code, enhanced, "sh: words of mine")


async def test_a_command_that_says_too_much_or_dies(transmitter: PipeTransmitter) -> None:
    result = await run(transmitter, 'head -c 1000000 /dev/zero | tr "\\0" x')
    assert (result.code, len(result.text) < 600) == (250, True)
    result = await run(transmitter, "kill -9 $$")
    assert (result.code, "signal 9" in result.text) == (451, True)


async def test_a_command_that_does_not_end(transmitter: PipeTransmitter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.adapters.pipe.transmitter.SECONDS", 0.2)
    result = await run(transmitter, "sleep 60")
    assert (result.code, "did not end" in result.text) == (451, True)


async def test_a_command_that_leaves_somebody_behind(transmitter: PipeTransmitter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.adapters.pipe.transmitter.LAST_WORDS_SECONDS", 0.05)
    assert (await run(transmitter, "sleep 1 & exit 0")).code == 250


async def test_nothing_of_ours_is_handed_on(transmitter: PipeTransmitter) -> None:
    words = (await run(transmitter, "echo $(ls /proc/self/fd) $PWD $(env | cut -d= -f1 | sort); id -u")).text
    handles, _, rest = words.removeprefix("sh: ").partition(" / ")
    assert handles == "0 1 2 3", "the last is that of ls"
    assert set(rest.split()[:-1]) <= {"HOME", "LANG", "PATH", "PWD"}
    assert rest.split()[-1] != "0"


async def test_a_command_that_is_not_there(transmitter: PipeTransmitter) -> None:
    recipients = (Recipient("bob@example.org"),)
    route = Route("pipe", "no-such-command-here $recipients")
    (result,) = await transmitter.transmit(route, Transmission("a@b", recipients, Content(MESSAGE)))
    assert (result.code, "cannot be run" in result.text) == (451, True)
    assert not (await transmitter.probe(route)).reached
    assert (await transmitter.probe(Route("pipe", "cat"))).reached
    (result,) = await transmitter.transmit(route, Transmission("-x@b", recipients, Content(MESSAGE)))
    assert result.status == "5.1.3"
