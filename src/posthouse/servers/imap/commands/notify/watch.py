"""What one session watches: it is woken by hints, looks, and tells the difference.

A hint may get lost, so the watch looks every so often without one; many hints at once cause one look. Where memory is short, or
the store cannot say what is wanted, the client is told that it misses something (NOTIFICATIONOVERFLOW, RFC 5465 §5.8).
"""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.protocols.imap.commands.fetch import FetchItem
from posthouse.protocols.imap.commands.notify.command import FLAG_CHANGE, MESSAGE_NEW, Filter
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.commands.fetch import answer_messages
from posthouse.servers.imap.commands.notify.groups import Groups
from posthouse.servers.imap.commands.notify.news import NOTHING, Look, Teller
from posthouse.servers.imap.fetching.plan import Plan
from posthouse.servers.imap.mailbox.selected import Selected, Wanted
from posthouse.servers.imap.session import Session

LOOK_SECONDS: Final = 30.0
"""How often is looked without a hint."""
LEAST_SECONDS: Final = 0.1
"""Between two looks, however many hints there are."""
MAILBOX_OCTETS: Final = 512
"""Memory for what is known of one mailbox."""
_log = logging.getLogger(__name__)


class Watch:
    """Follows one's mailboxes from ``start`` to ``stop``."""

    def __init__(self, session: Session, groups: Groups) -> None:
        self._session = session
        self._groups = groups
        self._known = NOTHING
        self._paid = 0
        self._is_stale = False
        self._looked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._end_subscription: Callable[[], None] | None = None

    # The selected mailbox

    @property
    def tells_expunges(self) -> bool:
        """Whether expunges in the selected mailbox are told at any time."""
        group = self._groups.selected
        return group is not None and group.filter is Filter.SELECTED

    def follow(self, selected: Selected) -> None:
        """Tell of the selected mailbox what is wanted, and no more, from now on."""
        group = self._groups.selected
        events = group.events if group is not None else ()
        selected.wants = Wanted(MESSAGE_NEW in events, FLAG_CHANGE in events)
        if events:
            selected.view.listeners.add(self._session.on_news)
        elif not self._session.is_idle:
            selected.view.listeners.discard(self._session.on_news)

    @property
    def follows(self) -> bool:
        """Whether anything is wanted of the selected mailbox."""
        return self._groups.selected is not None and bool(self._groups.selected.events)

    async def show(self, selected: Selected, uid_known: int) -> None:
        """Tell what is wanted of the messages that have just been told of; none of them becomes seen (§5.2)."""
        group = self._groups.selected
        if group is None or not group.attributes:
            return
        uids = selected.view.uids
        new = list(uids[bisect_left(uids, uid_known) : bisect_left(uids, selected.uid_told)])
        attributes = group.attributes
        if self._session.modes.condstore and FetchItem.MODSEQ not in attributes:
            attributes = (*attributes, FetchItem.MODSEQ)
        plan = Plan(attributes, has_numbers=not self._session.modes.uid_only)
        plan.sets_seen = False
        try:
            await answer_messages(self._session, selected, plan, new)
        except PosthouseError as error:
            self._overflow(error)

    # All others

    async def start(self) -> None:
        """Begin to follow. Raises: Unavailable."""
        if not self._groups:
            return
        mail, _ = self._session.the_mail()
        self._end_subscription = self._session.house.bus.subscribe(mail.account_id, self._hint)
        try:
            self._known = await self._look()
        except BaseException:
            self.stop()
            raise
        self._arm(LOOK_SECONDS)

    def stop(self) -> None:
        """Follow nothing any more."""
        end, self._end_subscription = self._end_subscription, None
        if end is not None:
            end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._groups, self._known = Groups(), NOTHING
        self._pay(0)

    async def tell_numbers(self) -> None:
        """STATUS of all mailboxes of which messages are wanted."""
        for line in self._teller().numbers(self._known):
            self._session.write(line)
            await self._session.drain()

    async def tell(self) -> None:
        """Tell what has happened since the last time."""
        if not self._is_stale or not self._groups:
            return
        rest = self._looked_at + LEAST_SECONDS - asyncio.get_running_loop().time()
        if rest > 0:
            self._arm(rest)
            return
        self._is_stale = False
        try:
            now = await self._look()
        except PosthouseError as error:
            self._overflow(error)
            return
        before, self._known = self._known, now
        self._arm(LOOK_SECONDS)
        for line in self._teller().news(before, now):
            self._session.write(line)
            await self._session.drain()

    async def _look(self) -> Look:
        self._looked_at = asyncio.get_running_loop().time()
        mail, _ = self._session.the_mail()
        mailboxes = await mail.mailboxes()
        if not self._pay(len(mailboxes) * MAILBOX_OCTETS):
            raise Unavailable("the server is short of memory, try again")
        return Look({mailbox.id: mailbox for mailbox in mailboxes}, frozenset(await mail.subscriptions()))

    def _teller(self) -> Teller:
        selected = self._session.selected
        utf8 = self._session.connection.utf8
        return Teller(self._groups, None if selected is None else selected.mailbox_id, utf8=utf8)

    def _hint(self, _topic: bytes = b"") -> None:
        self._is_stale = True
        self._session.on_news()

    def _arm(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._hint)

    def _pay(self, octets: int) -> bool:
        """Hold so much memory; False where there is not as much."""
        budget = self._session.house.budget
        if octets > self._paid and not budget.take(octets - self._paid):
            return False
        budget.give(max(0, self._paid - octets))
        self._paid = octets
        return True

    def _overflow(self, error: PosthouseError) -> None:
        """Follow nothing any more, as after NOTIFY NONE, and say so."""
        _log.warning("news cannot be told: %s", error)
        self.stop()
        self._session.write(untagged_ok(self._session.modes.say("Too much has happened: ask again"), codes.NOTIFICATIONOVERFLOW))
        if self._session.selected is not None:
            self.follow(self._session.selected)
