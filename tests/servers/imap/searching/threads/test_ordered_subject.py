"""Threads by subject alone."""

from posthouse.servers.imap.searching.threads.forest import Thread, thread_text
from posthouse.servers.imap.searching.threads.ordered_subject import by_subject


async def test_the_first_has_all_others_below_it() -> None:
    forest = await by_subject([0, 1, 2, 3, 5], [1, 2, 1, 1, 9, 2], [5, 1, 7, 6, 0, 3])
    assert forest.threads == [Thread(1, [5]), Thread(0, [3, 2])]
    assert [thread_text(thread, forest.answers, lambda row: b"%d" % row) for thread in forest.threads] == [b"(1 5)", b"(0 (3)(2))"]
