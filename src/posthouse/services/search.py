"""Looking for texts in somebody's mail."""

from collections.abc import Sequence

from posthouse.foundation.ids import MailboxId
from posthouse.model.sharing.rights import Right
from posthouse.ports.search import Found, TextQuery, TextSearch
from posthouse.services.mail import Mail


class MailSearch:
    """The texts of one account; who may read a mailbox may search it."""

    __slots__ = ("_mail", "_search")

    def __init__(self, mail: Mail, search: TextSearch) -> None:
        self._mail = mail
        self._search = search

    async def find(self, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery) -> Found:
        """Which of the messages ``uids`` (ascending) match; other work goes on between its pages, and it ends when it is cancelled.

        Raises: NotPermitted; what ``TextSearch.find`` raises.
        """
        await self._mail.require(mailbox_id, Right.READ)
        found: list[int] = []
        scores: list[int] = []
        start = 0
        while start < len(uids):
            page = await self._search.find(self._mail.account_id, mailbox_id, uids, query, start)
            found += page.uids
            scores += page.scores
            start = page.next_index
        return Found(found, scores, start)
