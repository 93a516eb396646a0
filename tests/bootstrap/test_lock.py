"""One owner at a time, and epochs that only rise."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.lock import next_epoch, take_lock
from posthouse.foundation.errors import Busy, Corrupt


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "run").mkdir()
    return Layout(tmp_path)


def test_the_lock_is_held_by_one(layout: Layout) -> None:
    lock = take_lock(layout)
    with pytest.raises(Busy, match=str(layout.root)):
        take_lock(layout)
    os.close(lock)
    os.close(take_lock(layout))


def test_the_lock_makes_its_folder_for_this_user_only(tmp_path: Path) -> None:
    os.close(take_lock(Layout(tmp_path / "data")))
    assert (tmp_path / "data" / "run").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "run" / "lock").stat().st_mode & 0o777 == 0o600


def test_the_lock_lasts_until_the_last_process_that_inherited_it_ends(layout: Layout) -> None:
    lock = take_lock(layout)
    os.set_inheritable(lock, True)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    os.close(lock)
    try:
        with pytest.raises(Busy):
            take_lock(layout)
    finally:
        os.close(writer)
        os.waitpid(child, 0)
    os.close(take_lock(layout))


def test_each_owner_gets_a_higher_epoch(layout: Layout) -> None:
    assert [next_epoch(layout) for _ in range(3)] == [1, 2, 3]


def test_several_may_ask_at_once(layout: Layout) -> None:
    with ThreadPoolExecutor(8) as pool:
        epochs = list(pool.map(lambda _: next_epoch(layout), range(40)))
    assert sorted(epochs) == list(range(1, 41))


def test_an_epoch_that_is_no_number_is_not_guessed(layout: Layout) -> None:
    layout.epoch.write_text("")
    with pytest.raises(Corrupt, match="write one higher"):
        next_epoch(layout)
    layout.epoch.write_text("17")
    assert next_epoch(layout) == 18


def test_a_crash_while_writing_leaves_the_old_number(layout: Layout) -> None:
    next_epoch(layout)
    layout.epoch.with_suffix(".new").write_text("half a num")
    assert next_epoch(layout) == 2
