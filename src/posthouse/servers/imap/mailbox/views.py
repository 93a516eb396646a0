"""Which mailboxes are open in this process, and who is woken when something happens to them.

A hint on the bus names an account; its open views become stale and the sessions that wait are woken. A hint may get lost, so
waiting views are looked at every 30 s without one. Views nobody has open are kept for a while: programs come back.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.bus import Bus
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.services.mail import Mail

LOOK_SECONDS: Final = 30.0
"""A view that sessions wait on is looked at this often without a hint."""
TICK_SECONDS: Final = 1.0
KEPT_VIEWS: Final = 256
KEPT_MESSAGES: Final = 1_000_000
"""Views nobody has open, and messages in them (13 octets each), that are remembered."""

Key = tuple[AccountId, MailboxId, AccountId | None]
"""Account, mailbox and viewer: each viewer has seen other messages."""


class Views:
    """All views of one process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._open: dict[Key, tuple[MailboxView, int]] = {}
        """With the number of sessions that have it open."""
        self._kept: OrderedDict[Key, MailboxView] = OrderedDict()
        self._kept_messages = 0
        self._accounts: dict[AccountId, tuple[set[MailboxView], Callable[[], None]]] = {}
        """Open views of an account, and how to end its subscription."""
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, mail: Mail, mailbox_id: MailboxId, mod_sequence: int | None = None) -> MailboxView:
        """Open a mailbox for one session; the view is up to date then.

        ``mod_sequence``: what the store has just said is the mailbox's own; a view that knows it is not asked to look.
        Raises: what the account store raises; the view is not open in that case.
        """
        key = (mail.account_id, mailbox_id, mail.viewer)
        view, count = self._open.get(key, (None, 0))
        if view is not None and view.is_gone:  # it may be back: rights come and go
            self._drop(key, view)
            view, count = None, 0
        if view is None:
            view = self._recall(key) or MailboxView(mail, mailbox_id)
        self._open[key] = view, count + 1
        if not count:
            self._listen(key, view)
        try:
            await view.refresh(forced=mod_sequence is None or view.mod_sequence != mod_sequence)
        except BaseException:
            self.close(view)
            raise
        if view.is_gone:  # it was remembered, and has been deleted meanwhile, or may not be read any more
            self.close(view)
            raise NotFound("the mailbox has been deleted")
        return view

    def close(self, view: MailboxView) -> None:
        """Say that one session has the view no longer open."""
        key = (view.mail.account_id, view.mailbox_id, view.mail.viewer)
        held, count = self._open.get(key, (None, 0))
        if held is not view:
            return  # it was gone, and another has taken its place
        if count > 1:
            self._open[key] = view, count - 1
            return
        self._drop(key, view)
        if not view.is_gone:
            self._keep(key, view)

    def _drop(self, key: Key, view: MailboxView) -> None:
        """Follow a view no longer."""
        del self._open[key]
        views, end_subscription = self._accounts[key[0]]
        views.discard(view)
        if not views:
            del self._accounts[key[0]]
            end_subscription()

    def stop(self) -> None:
        """Look at nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _listen(self, key: Key, view: MailboxView) -> None:
        account_id = key[0]
        if account_id not in self._accounts:
            self._accounts[account_id] = set(), self._bus.subscribe(account_id, self._hint)
        self._accounts[account_id][0].add(view)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _hint(self, topic: bytes) -> None:
        views, _ = self._accounts.get(AccountId(topic), ((), None))
        for view in tuple(views):
            _wake(view)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(TICK_SECONDS, self._tick) if self._open else None
        oldest = loop.time() - LOOK_SECONDS
        for view, _ in tuple(self._open.values()):
            if view.looked_at < oldest:
                view.looked_at = loop.time()
                _wake(view)

    def _recall(self, key: Key) -> MailboxView | None:
        view = self._kept.pop(key, None)
        if view is not None:
            self._kept_messages -= len(view.uids)
        return view

    def _keep(self, key: Key, view: MailboxView) -> None:
        self._kept[key] = view
        self._kept_messages += len(view.uids)
        while self._kept and (len(self._kept) > KEPT_VIEWS or self._kept_messages > KEPT_MESSAGES):
            _, oldest = self._kept.popitem(last=False)
            self._kept_messages -= len(oldest.uids)


def _wake(view: MailboxView) -> None:
    view.is_stale = True
    for listener in tuple(view.listeners):
        listener()
