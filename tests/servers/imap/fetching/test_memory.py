"""What is remembered of single messages, and that it takes no more than there is."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.budget import Budget
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.servers.imap.fetching.memory import VALUE_OCTETS, Memory
from posthouse.servers.imap.searching.catalogues import SHARE, Catalogues

QUESTION = b"BODY[HEADER.FIELDS (FROM)]"


def memory_of(catalogues: Catalogues, name: bytes) -> Memory:
    return catalogues.of(AccountId(name), MailboxId(name)).memory


@given(st.dictionaries(st.integers(1, 50), st.binary(max_size=9), max_size=20), st.lists(st.integers(1, 50), unique=True))
def test_only_what_is_known_of_all_is_told(answers: dict[int, bytes], uids: list[int]) -> None:
    memory = Memory(Catalogues(Budget(1_000_000)))
    memory.remember(QUESTION, list(answers), list(answers.values()))
    found = memory.known([QUESTION, b"other"], uids)
    assert (QUESTION in found) == (set(uids) <= set(answers))
    for uid in uids:
        assert QUESTION not in found or found[QUESTION][uid] == answers[uid]


def test_it_takes_its_room_and_gives_it_back() -> None:
    budget = Budget(100_000)
    catalogues = Catalogues(budget)
    memory = memory_of(catalogues, b"a")
    memory.remember(QUESTION, range(1, 11), [b"x" * 100] * 10)
    held = catalogues.held_octets
    assert held > 1_000
    assert budget.free == 100_000 - held
    memory.remember(QUESTION, range(11, 1_000), [b"x" * 100] * 989)  # more than the share
    assert catalogues.held_octets == held <= 100_000 // SHARE
    assert not memory.known([QUESTION], [11])
    memory.remember(QUESTION, [12], [b"x" * (VALUE_OCTETS + 1)])
    assert not memory.known([QUESTION], [12])
    assert budget.take(100_000), "somebody else is short of memory"
    assert not memory.known([QUESTION], [1])
    memory.remember(QUESTION, [1], [b"x"])
    assert not memory.known([QUESTION], [1]), "what is forgotten stays so"
    budget.give(100_000)
    assert budget.free == budget.total


def test_mailboxes_know_nothing_of_each_other() -> None:
    catalogues = Catalogues(Budget(100_000))
    memory_of(catalogues, b"a").remember(QUESTION, [1], [b"x"])
    assert memory_of(catalogues, b"a").known([QUESTION], [1])
    assert not memory_of(catalogues, b"b").known([QUESTION], [1])
