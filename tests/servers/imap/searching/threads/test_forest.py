"""Threads as text."""

import pytest

from posthouse.servers.imap.searching.threads.forest import Thread, thread_text


@pytest.mark.parametrize(
    ("thread", "text"),
    [
        (Thread(1, []), b"(1)"),
        (Thread(1, [2]), b"(1 2)"),
        (Thread(3, [6]), b"(3 6 (4 23)(44 7 96))"),
        (Thread(None, [4, 44]), b"((4 23)(44 7 96))"),
        (Thread(None, [6]), b"(6 (4 23)(44 7 96))"),
    ],
)
def test_the_form_of_the_rfc(thread: Thread, text: bytes) -> None:
    answers = {6: [4, 44], 4: [23], 44: [7], 7: [96]}
    assert thread_text(thread, answers, lambda row: b"%d" % row) == text
