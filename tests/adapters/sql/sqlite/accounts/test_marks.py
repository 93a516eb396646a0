"""The file that remembers what an account's numbers have reached."""

import os
from pathlib import Path

import pytest

from posthouse.adapters.sql.sqlite.accounts.marks import STEP, Ceilings, Known, Mark
from posthouse.foundation.errors import Unavailable

KNOWN = Known(2, 7, 55, 1_700_000_000)


@pytest.fixture
def mark(tmp_path: Path) -> Mark:
    made = Mark(tmp_path / "ab" / "id")
    made.create()
    return made


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Waits for the disk."""
    made: list[int] = []
    monkeypatch.setattr(os, "fdatasync", made.append)
    return made


def test_there_is_nothing_where_nothing_was_made(tmp_path: Path) -> None:
    assert Mark(tmp_path / "ab" / "id").read() is None


def test_a_new_mark_has_reserved_the_first_numbers(mark: Mark) -> None:
    assert mark.read() == (Ceilings(1, STEP, STEP), Known(0, 0, 0, 0))


def test_thousands_of_changes_wait_for_the_disk_once(mark: Mark, syncs: list[int]) -> None:
    for number in range(1, STEP + 1):
        mark.cover(number, number * 2 // 3)
    assert syncs == []
    for number in range(STEP + 1, 2 * STEP + 2):
        mark.cover(number, 1)
    assert len(syncs) == 1
    mark.cover(5, 10 * STEP)
    kept = mark.read()
    assert kept is not None
    assert kept.ceilings == (3, 3 * STEP + 1, 11 * STEP)


def test_numbers_are_never_above_the_ceilings_on_the_disk(mark: Mark) -> None:
    for number in (1, STEP - 1, STEP, STEP + 1, 5 * STEP, 5 * STEP + 1):
        mark.cover(number, number // 2)
        kept = Mark(mark._path).read()
        assert kept is not None
        assert kept.ceilings.mod_sequence >= number
        assert kept.ceilings.uid_sequence >= number // 2


def test_another_process_goes_on_from_where_the_ceilings_are(mark: Mark, syncs: list[int]) -> None:
    mark.cover(STEP + 1, 1)
    other = Mark(mark._path)
    other.cover(STEP + 2, 2)
    assert len(syncs) == 1
    other.cover(4 * STEP, 2)
    mark.cover(4 * STEP + 1, 2)
    assert len(syncs) == 2


def test_it_is_roomy_while_a_change_needs_no_sync(mark: Mark) -> None:
    roomy = [mark.is_roomy]
    for numbers in ((1, 1), (STEP - 10, 1), (STEP + 1, 1), (STEP + 2, 2 * STEP)):
        mark.cover(*numbers)
        roomy.append(mark.is_roomy)
    assert roomy == [False, True, False, True, False]


def test_what_is_known_is_noted_without_waiting(mark: Mark, syncs: list[int]) -> None:
    mark.note(KNOWN)
    mark.note(KNOWN)
    kept = mark.read()
    assert kept is not None
    assert kept.known == KNOWN
    assert kept.ceilings == (1, STEP, STEP)
    assert syncs == []


def test_making_it_again_changes_nothing(mark: Mark) -> None:
    mark.note(KNOWN)
    before = mark.read()
    mark.create()
    assert mark.read() == before


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_torn_record_is_none_and_the_others_count(mark: Mark, place: int) -> None:
    mark.note(KNOWN)
    mark.cover(STEP + 1, 1)
    mark.cover(2 * STEP + 2, 1)
    whole = mark.read()
    assert whole is not None
    assert whole.ceilings.serial == 3
    octets = bytearray(mark._path.read_bytes())
    octets[place * 512 + 12] ^= 1
    mark._path.write_bytes(octets)
    torn = mark.read()
    assert torn is not None
    # The third reservation is in the second place: without it the one before counts.
    assert torn.ceilings.serial == (2 if place == 1 else 3)
    assert torn.known == (Known(0, 0, 0, 0) if place == 2 else KNOWN)


def test_a_reservation_that_is_torn_leaves_the_one_before(mark: Mark) -> None:
    for serial in range(2, 6):
        before = mark.read()
        assert before is not None
        octets = mark._path.read_bytes()
        mark.cover(before.ceilings.mod_sequence + 1, 1)
        after = mark._path.read_bytes()
        whole = mark.read()
        assert whole is not None
        assert whole.ceilings.serial == serial
        position = next(index for index, pair in enumerate(zip(octets, after, strict=True)) if pair[0] != pair[1])
        mark._path.write_bytes(after[: position + 1] + octets[position + 1 :])
        assert mark.read() == before
        mark._path.write_bytes(after)


def test_a_mark_that_cannot_be_read_is_not_a_lost_one(mark: Mark) -> None:
    mark.remove()
    mark._path.mkdir()
    with pytest.raises(Unavailable):
        mark.read()


@pytest.mark.parametrize("octets", [b"", b"x" * 2_000, bytes(1_024)])
def test_a_file_without_ceilings_says_nothing(mark: Mark, octets: bytes) -> None:
    mark._path.write_bytes(octets)
    assert mark.read() is None
    mark.create()
    assert mark.read() is not None


def test_a_mark_that_cannot_be_written_stops_the_change(mark: Mark) -> None:
    mark.remove()
    mark.remove()
    with pytest.raises(Unavailable):
        mark.cover(1, 1)
    assert os.listdir(mark._path.parent) == []
