"""Transactions in threads: committed in groups, undone one by one, finished when the house stops."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.support.waiting import eventually

from posthouse.adapters.sql.sqlite import threads as module
from posthouse.adapters.sql.sqlite.file import connect
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.foundation.errors import Invalid, NotFound, OutOfSpace, PosthouseError, Unavailable


class Gate:
    """Keeps a thread busy until it is opened, so that what comes meanwhile makes a group."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, _db: apsw.Connection) -> None:
        self.reached.set()
        assert self._open.wait(30)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(2, "test")
    yield made
    made.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    db = connect(tmp_path / "test.db")
    db.execute("CREATE TABLE note (text TEXT UNIQUE)")
    db.close()
    return tmp_path / "test.db"


def writer(path: Path, commits: list[int] | None = None) -> SerialFile:
    """A file to write; ``commits`` is told of each."""

    def open_() -> apsw.Connection:
        db = connect(path)
        if commits is not None:
            db.set_commit_hook(lambda: bool(commits.append(1)))  # type: ignore[func-returns-value]
        return db

    return SerialFile(open_, writes=True)


def put(text: str, error: Exception | None = None) -> Any:
    def work(db: apsw.Connection) -> str:
        db.execute("INSERT INTO note VALUES (?)", (text,))
        if error is not None:
            raise error
        return text

    return work


def notes(path: Path) -> list[str]:
    db = connect(path, read_only=True)
    try:
        return [text for (text,) in db.execute("SELECT text FROM note ORDER BY rowid")]
    finally:
        db.close()


async def behind(threads: Threads, file: SerialFile, *works: Any) -> list[Any]:
    """Run transactions that all wait while another one runs: what became of each."""
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    tasks = [asyncio.create_task(threads.run(file, work)) for work in works]
    await asyncio.sleep(0)
    gate.open()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_transaction_is_durable_when_it_returns(threads: Threads, path: Path) -> None:
    assert await threads.run(writer(path), put("one")) == "one"
    assert notes(path) == ["one"]


async def test_what_raises_is_undone(threads: Threads, path: Path) -> None:
    file = writer(path)
    with pytest.raises(Invalid, match="no"):
        await threads.run(file, put("one", Invalid("no")))
    assert notes(path) == []
    assert await threads.run(file, put("one")) == "one"


async def test_transactions_of_a_file_run_in_their_order(threads: Threads, path: Path) -> None:
    file = writer(path)
    await asyncio.gather(*(threads.run(file, put(str(number))) for number in range(450)))
    assert notes(path) == [str(number) for number in range(450)]


async def test_what_waits_is_committed_together(threads: Threads, path: Path) -> None:
    commits: list[int] = []
    file = writer(path, commits)
    await behind(threads, file, *(put(str(number)) for number in range(10)))
    assert len(commits) == 2
    assert len(notes(path)) == 10


async def test_one_that_fails_does_not_undo_the_others_of_its_group(threads: Threads, path: Path) -> None:
    outcomes = await behind(threads, writer(path), put("one"), put("bad", NotFound("bad")), put("two"), put("one"), put("three"))
    assert [outcome if isinstance(outcome, str) else type(outcome) for outcome in outcomes] == [
        "one",
        NotFound,
        "two",
        Unavailable,
        "three",
    ]
    assert notes(path) == ["one", "two", "three"]


async def test_nobody_is_told_before_the_commit(threads: Threads, path: Path) -> None:
    seen: list[list[str]] = []
    await behind(threads, writer(path), put("one"), lambda _db: seen.append(notes(path)))
    assert seen == [[]], "a reader beside sees nothing of a group under way"


async def test_a_large_group_is_cut(threads: Threads, path: Path) -> None:
    commits: list[int] = []
    file = writer(path, commits)
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    tasks = [asyncio.create_task(threads.run(file, put(str(n)), module.GROUP_OCTETS // 2)) for n in range(6)]
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, *tasks)
    assert len(commits) == 1 + 3


async def test_a_full_disk_in_a_group_is_said_to_everybody_in_it(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, lambda db: db.execute("CREATE TABLE large (octets BLOB)"))
    # Not within a transaction: the limit holds for the connection.
    assert file.connection is not None
    file.connection.execute("PRAGMA cache_size=1; PRAGMA max_page_count=12")

    def much(db: apsw.Connection) -> None:
        db.execute("INSERT INTO large VALUES (zeroblob(1000000))")

    outcomes = await behind(threads, file, put("one"), much, put("two"))
    assert isinstance(outcomes[1], OutOfSpace)
    assert await threads.run(file, put("after")) == "after"
    kept = notes(path)
    told = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert kept == [*told, "after"]
    assert {type(outcome) for outcome in outcomes if not isinstance(outcome, str)} == {OutOfSpace}


async def test_errors_of_the_database_are_translated(threads: Threads, path: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await threads.run(writer(path), lambda db: db.execute("SELECT nothing"))
    with pytest.raises(Unavailable):
        await threads.run(writer(tmp_path / "no" / "folder.db"), put("x"))


async def test_what_cannot_be_opened_is_tried_again(threads: Threads, path: Path) -> None:
    errors = [NotFound("not yet")]

    def open_() -> apsw.Connection:
        if errors:
            raise errors.pop()
        return connect(path)

    file = SerialFile(open_, writes=True)
    with pytest.raises(NotFound):
        await threads.run(file, put("one"))
    assert await threads.run(file, put("one")) == "one"


async def test_too_many_that_wait_are_refused(threads: Threads, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PENDING", 3)
    outcomes = await behind(threads, writer(path), *(put(str(number)) for number in range(5)))
    assert outcomes[:3] == ["0", "1", "2"]
    assert [type(outcome) for outcome in outcomes[3:]] == [Unavailable, Unavailable]
    assert notes(path) == ["0", "1", "2"]


async def test_files_do_not_wait_for_each_other(threads: Threads, path: Path, tmp_path: Path) -> None:
    gate = Gate()
    slow = asyncio.create_task(threads.run(writer(tmp_path / "other.db"), gate))
    await asyncio.to_thread(gate.reached.wait)
    assert await threads.run(writer(path), put("one")) == "one"
    gate.open()
    await slow


async def test_who_gave_up_waiting_is_not_told(threads: Threads, path: Path) -> None:
    gate = Gate()
    file = writer(path)
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    second = asyncio.create_task(threads.run(file, put("one")))
    await asyncio.sleep(0)
    second.cancel()
    gate.open()
    await first
    await threads.run(file, put("two"))
    assert notes(path) == ["one", "two"], "what was asked for happens all the same"


async def test_a_file_is_closed_when_what_waits_is_done(threads: Threads, path: Path) -> None:
    file = writer(path)
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    second = asyncio.create_task(threads.run(file, put("one")))
    await asyncio.sleep(0)
    threads.close(file)
    assert file.busy
    gate.open()
    assert await second == "one"
    await first
    await asyncio.to_thread(threads.stop)
    assert file.connection is None
    assert not file.busy


async def test_a_closed_file_serves_whoever_still_holds_it(threads: Threads, path: Path) -> None:
    file = writer(path)
    threads.close(file)
    assert await threads.run(file, put("one")) == "one"
    await asyncio.to_thread(threads.stop)
    assert file.connection is None


@pytest.mark.parametrize("count", [1, 3])
async def test_stopping_finishes_everything_that_waits(path: Path, tmp_path: Path, count: int) -> None:
    threads = Threads(count, "test")
    file, other = writer(path), SerialFile(lambda: connect(tmp_path / "other.db"), writes=False)
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    tasks = [asyncio.create_task(threads.run(file, put(str(number)))) for number in range(3 * module.GROUP_LENGTH)]
    tasks.append(asyncio.create_task(threads.run(other, lambda _db: "other")))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(asyncio.to_thread(threads.stop))
    await asyncio.sleep(0.01)
    gate.open()
    await stopping
    async with asyncio.timeout(10):
        await first
        assert (await asyncio.gather(*tasks))[-1] == "other"
    assert len(notes(path)) == 3 * module.GROUP_LENGTH


async def test_after_stopping_nothing_is_taken(path: Path) -> None:
    threads = Threads(1, "test")
    await asyncio.to_thread(threads.stop)
    async with asyncio.timeout(10):
        with pytest.raises(Unavailable):
            await threads.run(writer(path), put("one"))


def test_a_loop_that_is_gone_harms_nobody(path: Path) -> None:
    threads = Threads(1, "test")
    file = writer(path)
    gate = Gate()

    async def leave() -> None:
        asyncio.create_task(threads.run(file, gate))  # noqa: RUF006 - nobody waits for it: that is the point
        asyncio.create_task(threads.run(file, put("one")))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(leave())
    gate.open()
    threads.stop()
    assert notes(path) == ["one"]


# begun on the event loop (docs/adr/0006)


async def settled(file: SerialFile) -> None:
    """Wait until the thread has let go of a file; it tells the result a moment before."""
    while file.busy:  # noqa: ASYNC110 - a thread ends it, which knows no event of the loop
        await asyncio.sleep(0.001)


async def test_quick_work_runs_at_once_and_is_told_after_the_commit(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, put("open"))
    await settled(file)
    where: list[threading.Thread] = []

    def work(db: apsw.Connection) -> list[str]:
        where.append(threading.current_thread())
        db.execute("INSERT INTO note VALUES ('quick')")
        return notes(path)

    assert await threads.run(file, work, quick=True) == ["open"]
    assert where == [threading.main_thread()]
    assert notes(path) == ["open", "quick"]
    await settled(file)


async def test_quick_work_on_a_file_that_is_not_open_or_not_idle_waits_its_turn(threads: Threads, path: Path) -> None:
    file = writer(path)
    assert await threads.run(file, put("one"), quick=True) == "one"
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    second = asyncio.create_task(threads.run(file, put("two")))
    await asyncio.sleep(0)
    third = asyncio.create_task(threads.run(file, put("three"), quick=True))
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, second, third)
    assert notes(path) == ["one", "two", "three"]


async def test_quick_work_that_raises_is_undone(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, put("one"))
    with pytest.raises(Invalid):
        await threads.run(file, put("bad", Invalid("no")), quick=True)
    with pytest.raises(Unavailable):
        await threads.run(file, put("one"), quick=True)
    assert await threads.run(file, put("two"), quick=True) == "two"
    assert notes(path) == ["one", "two"]


async def test_what_comes_while_quick_work_ends_is_done_after_it(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, put("open"))
    await asyncio.gather(*(threads.run(file, put(str(number)), quick=True) for number in range(300)))
    assert notes(path) == ["open", *(str(number) for number in range(300))]


async def test_a_file_that_another_connection_has_locked_is_not_waited_for_on_the_loop(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, put("open"))
    other = connect(path)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(threads.run(file, put("quick"), quick=True))
    await asyncio.sleep(0)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    assert await waiting == "quick"


async def test_stopping_ends_what_was_begun(path: Path) -> None:
    threads = Threads(1, "test")
    file = writer(path)
    await threads.run(file, put("open"))
    tasks = [asyncio.create_task(threads.run(file, put(str(number)), quick=True)) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(threads.stop)
    assert await asyncio.gather(*tasks) == ["0", "1", "2", "3", "4"]


# looking


def reader(path: Path) -> SerialFile:
    return SerialFile(lambda: connect(path, read_only=True), writes=False)


def count_notes(db: apsw.Connection) -> tuple[int, threading.Thread]:
    return len(db.execute("SELECT 1 FROM note").fetchall()), threading.current_thread()


async def test_a_glance_is_taken_on_the_loop_once_the_file_is_open(threads: Threads, path: Path) -> None:
    file, written = reader(path), writer(path)
    await threads.run(written, put("one"))
    assert (await threads.look(file, count_notes))[1] is not threading.main_thread()
    await settled(file)
    assert await threads.look(file, count_notes) == (1, threading.main_thread())
    await threads.run(written, put("two"))
    assert (await threads.look(file, count_notes))[0] == 2, "no transaction is left open"


async def test_more_than_a_handful_is_left_to_a_thread(threads: Threads, path: Path) -> None:
    file, written = reader(path), writer(path)
    await threads.run(written, put("one"))
    await threads.run(file, count_notes)
    await settled(file)
    assert (await threads.look(file, count_notes, lambda _: False))[1] is not threading.main_thread()


async def test_a_glance_that_fails_leaves_the_file_usable(threads: Threads, path: Path) -> None:
    file, written = reader(path), writer(path)
    await threads.run(written, put("one"))
    await threads.run(file, count_notes)
    await settled(file)

    def fail(db: apsw.Connection) -> None:
        raise NotFound(str(count_notes(db)[0]))

    with pytest.raises(NotFound, match="1"):
        await threads.look(file, fail)
    with pytest.raises(PosthouseError):
        await threads.look(file, lambda db: db.execute("SELECT * FROM nothing"))
    assert await threads.look(file, count_notes) == (1, threading.main_thread())


async def test_a_glance_waits_its_turn_where_others_wait(threads: Threads, path: Path) -> None:
    file, written = reader(path), writer(path)
    await threads.run(written, put("one"))
    await threads.run(file, count_notes)
    gate = Gate()
    first = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait)
    second = asyncio.create_task(threads.look(file, count_notes))
    await asyncio.sleep(0)
    gate.open()
    await first
    assert (await second)[1] is not threading.main_thread()


async def test_a_file_closed_during_a_glance_is_closed_after_it(threads: Threads, path: Path) -> None:
    file, written = reader(path), writer(path)
    await threads.run(written, put("one"))
    await threads.run(file, count_notes)
    await settled(file)

    def close(db: apsw.Connection) -> int:
        threads.close(file)
        return count_notes(db)[0]

    assert await threads.look(file, close) == 1
    await settled(file)
    assert file.connection is None


async def test_an_errand_is_run_between_transactions_when_the_file_is_open(threads: Threads, path: Path) -> None:
    file = writer(path)
    seen: list[tuple[bool, int]] = []
    done = threading.Event()

    def errand(db: apsw.Connection) -> None:
        seen.append((db.in_transaction, len(db.execute("SELECT * FROM note").fetchall())))
        done.set()

    threads.send(file, errand)
    await eventually(lambda: not file.busy)
    assert (seen, file.connection) == ([], None), "nothing is opened for an errand"
    await threads.run(file, put("a"))
    gate = Gate()
    running = asyncio.create_task(threads.run(file, gate))
    await asyncio.to_thread(gate.reached.wait, 30)
    waiting = asyncio.create_task(threads.run(file, put("b")))
    await asyncio.sleep(0)
    threads.send(file, errand)
    gate.open()
    await asyncio.gather(running, waiting)
    assert await asyncio.to_thread(done.wait, 30)
    assert seen[0][0] is False, "what it sees is committed"


async def test_an_errand_that_fails_hurts_nobody(threads: Threads, path: Path) -> None:
    file = writer(path)
    await threads.run(file, put("a"))

    def errand(_db: apsw.Connection) -> None:
        raise KeyError("a mistake")

    threads.send(file, errand)
    await threads.run(file, put("b"))
    assert notes(path) == ["a", "b"]


async def test_a_file_is_left_as_its_owner_wants(threads: Threads, path: Path) -> None:
    left: list[int] = []

    def leave(db: apsw.Connection) -> None:
        left.append(len(db.execute("SELECT * FROM note").fetchall()))

    file = SerialFile(lambda: connect(path), writes=True, leave=leave)
    threads.close(file)
    await threads.run(SerialFile(lambda: connect(path), writes=True), put("a"))
    file = SerialFile(lambda: connect(path), writes=True, leave=leave)
    await threads.run(file, put("b"))
    threads.close(file)
    threads.stop()
    assert left == [2]
    assert file.connection is None


async def test_the_first_transaction_begins_with_what_is_to_be_done_once(threads: Threads, path: Path) -> None:
    file = SerialFile(lambda: connect(path), writes=True, enter=put("entered"))
    with pytest.raises(Invalid):
        await threads.run(file, put("a", Invalid("no")))
    assert not file.entered
    await threads.run(file, put("b"))
    await threads.run(file, put("c"))
    assert await threads.run(file, lambda db: db.execute("SELECT text FROM note").fetchall()) == [("entered",), ("b",), ("c",)]


async def test_the_first_commit_is_confirmed_once_before_anybody_is_told(threads: Threads, path: Path) -> None:
    kept: list[int] = []

    def confirm(_db: apsw.Connection) -> None:
        other = connect(path, read_only=True)
        kept.append(len(other.execute("SELECT text FROM note").fetchall()))
        other.close()

    file = SerialFile(lambda: connect(path), writes=True, confirm=confirm)
    with pytest.raises(Invalid):
        await threads.run(file, put("a", Invalid("no")))
    assert kept == []
    await threads.run(file, put("b"))
    assert kept == [1]
    await threads.run(file, put("c"))
    assert kept == [1]


async def test_a_confirmation_that_fails_costs_nobody_the_commit(threads: Threads, path: Path) -> None:
    def confirm(_db: apsw.Connection) -> None:
        raise OutOfSpace("no room for a mark")

    file = SerialFile(lambda: connect(path), writes=True, confirm=confirm)
    assert await threads.run(file, put("a")) == "a"
    assert file.entered


async def test_quick_work_waits_until_that_is_done(threads: Threads, path: Path) -> None:
    file = SerialFile(lambda: connect(path), writes=True, enter=put("entered"))
    with pytest.raises(Invalid):
        await threads.run(file, put("a", Invalid("no")))
    await threads.run(file, put("b"), quick=True)
    assert await threads.run(file, lambda db: db.execute("SELECT text FROM note").fetchall()) == [("entered",), ("b",)]


async def test_what_comes_first_and_fails_fails_everybody_and_leaves_nothing_open(threads: Threads, path: Path) -> None:
    def enter(_db: apsw.Connection) -> None:
        raise NotFound("no account")

    file = SerialFile(lambda: connect(path), writes=True, enter=enter)
    with pytest.raises(NotFound):
        await threads.run(file, put("a"))
    assert file.connection is not None
    assert not file.connection.in_transaction


async def test_a_writer_that_takes_long_to_leave_keeps_nobody_waiting(threads: Threads, path: Path) -> None:
    left, go_on = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def leave(_db: apsw.Connection) -> None:
        left.set()
        in_time.append(go_on.wait(5))

    file = SerialFile(lambda: connect(path), writes=True, leave=leave)
    await threads.run(file, put("a"))
    threads.close(file)
    await asyncio.to_thread(left.wait)
    late = asyncio.ensure_future(threads.run(file, put("b")))
    await asyncio.sleep(0)  # with the lock held the event loop would stand still here
    go_on.set()
    assert await late == "b"
    assert in_time[0]
