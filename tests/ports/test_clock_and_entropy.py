"""What every clock and every source of randomness must do; the tests' own ones too."""

import os

import pytest
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
def test_time_passes_forwards(clock: Clock) -> None:
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)
    assert clock.now() > 1_600_000_000


def test_a_fake_clock_stands_still_until_told() -> None:
    clock = FakeClock(5.0)
    clock.advance(2.5)
    assert (clock.now(), clock.monotonic()) == (7.5, 7.5)


@pytest.mark.parametrize("entropy", [SystemEntropy(), CountingEntropy()], ids=["system", "counting"])
def test_octets_come_as_many_as_asked_and_never_twice(entropy: Entropy) -> None:
    assert [len(entropy.octets(count)) for count in (1, 10, 64, 65, 5_000)] == [1, 10, 64, 65, 5_000]
    drawn = [entropy.octets(10) for _ in range(2_000)]
    assert len(set(drawn)) == len(drawn)


def test_a_child_process_draws_octets_of_its_own() -> None:
    entropy = SystemEntropy()
    entropy.octets(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, entropy.octets(16))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() not in {b"", entropy.octets(16)}
