"""Sorting is Python's own, by what each criterion means."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_mail import ACCOUNT, MAILBOX, FakeMail, open_rows, texts_of

from posthouse.foundation.budget import Budget
from posthouse.protocols.imap.commands.search.keys import All, Fuzzy, Header, Messages
from posthouse.protocols.imap.commands.search.sort import SortCriterion, SortKey
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet
from posthouse.servers.imap.searching.catalogues import Catalogues
from posthouse.servers.imap.searching.finder import Finder
from posthouse.servers.imap.searching.sorting import in_order

NAMES = ["", "Anna", "anna", "Bert"]
PLAIN: dict[SortKey, Callable[[dict[str, Any]], Any]] = {
    SortKey.ARRIVAL: lambda letter: letter["received"],
    SortKey.SIZE: lambda letter: len(letter["octets"]),
    SortKey.DATE: lambda letter: letter["day"] * 86_400 if letter["day"] else letter["received"],
    SortKey.FROM: lambda letter: letter["from"].upper(),
    SortKey.TO: lambda letter: "X" if letter["from"] else "",
    SortKey.CC: lambda letter: "",
    SortKey.DISPLAYFROM: lambda letter: letter["name"].upper() or (f"{letter['from']}@X".upper() if letter["from"] else ""),
    SortKey.SUBJECT: lambda letter: letter["subject"].upper(),
}
_letters = st.fixed_dictionaries(
    {
        "from": st.sampled_from(NAMES),
        "name": st.sampled_from(NAMES),
        "subject": st.sampled_from(["", "Zoo", "apple", "Apple pie"]),
        "prefix": st.sampled_from(["", "Re: ", "[x] "]),
        "day": st.integers(0, 4),
        "received": st.integers(0, 5).map(lambda days: float(days * 86_400)),
    }
)
_criteria = st.lists(st.builds(SortCriterion, st.sampled_from(sorted(PLAIN, key=str)), st.booleans()), min_size=1, max_size=3)


def _octets(letter: dict[str, Any]) -> bytes:
    fields = []
    if letter["from"]:
        fields.append(f"From: {letter['name']} <{letter['from']}@x>")
        fields.append("To: x@y")
    else:
        letter["name"] = ""
    fields.append(f"Subject: {letter['prefix'] if letter['subject'] else ''}{letter['subject']}")
    if letter["day"]:
        fields.append(f"Date: {letter['day'] + 1} Jan 1970 00:00:00 +0000")
    return "\r\n".join([*fields, "", ""]).encode()


def _mail(letters: list[dict[str, Any]]) -> FakeMail:
    mail = FakeMail(page_rows=3)
    for letter in letters:
        letter["octets"] = _octets(letter)
        mail.put(letter["octets"], received_at=letter["received"])
    return mail


@settings(max_examples=200, deadline=None)
@given(st.lists(_letters, max_size=9), st.lists(_criteria, min_size=1, max_size=2), st.integers(1, 9))
def test_messages_come_in_order(letters: list[dict[str, Any]], questions: list[list[SortCriterion]], last: int) -> None:
    async def sort() -> None:
        mail = _mail(letters)
        rows = await open_rows(mail)
        catalogue = Catalogues(Budget(1_000_000)).of(ACCOUNT, MAILBOX)
        for criteria in questions:
            for key, count in ((All(), len(letters)), (Messages(SequenceSet(((1, last),)), uid=True), min(last, len(letters)))):
                expected = list(range(count))
                for criterion in reversed(criteria):
                    expected.sort(key=lambda row, c=criterion: PLAIN[c.key](letters[row]), reverse=criterion.reverse)  # type: ignore[misc]
                hits = await Finder(rows, catalogue, texts_of(mail), 0.0).find([key])
                for _ in range(2):
                    assert list(await in_order(hits, criteria, catalogue)) == expected

    asyncio.run(sort())


async def test_the_most_relevant_comes_first() -> None:
    mail = FakeMail()
    for subject in (b"plans renewed", b"new plan", b"other", b"new plan: new plan"):
        mail.put(b"Subject: " + subject + b"\r\n\r\n")
    rows = await open_rows(mail)
    catalogue = Catalogues(Budget(1_000_000)).of(ACCOUNT, MAILBOX)
    hits = await Finder(rows, catalogue, texts_of(mail), 0.0).find([Fuzzy(Header("subject", "new plan"))])
    assert list(await in_order(hits, [SortCriterion(SortKey.RELEVANCY)], catalogue)) == [3, 1, 0]
    assert list(await in_order(hits, [SortCriterion(SortKey.RELEVANCY, reverse=True)], catalogue)) == [0, 1, 3]
