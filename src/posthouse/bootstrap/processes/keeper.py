"""The keeper: counters, failed sign-ins, sessions of browsers, the audit log, the greylist, traces, reports, TLS of others."""

import asyncio
import contextlib

import msgspec

from posthouse.adapters.answers.database import AnswersDatabase
from posthouse.adapters.audit.database import AuditDatabase
from posthouse.adapters.greylist.database import GreylistDatabase
from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.guard.feed import Feed, FollowedGuard
from posthouse.adapters.limiter.shared import KeeperLimiter, SharedCounters
from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.reports.database import ReportDatabase
from posthouse.adapters.rpc.server import Office, open_office
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.adapters.system.clock import SystemClock
from posthouse.adapters.tls.database import TlsDatabase
from posthouse.adapters.trace.database import TraceDatabase
from posthouse.adapters.trace.remote import NOTICE
from posthouse.adapters.uses.database import UseDatabase
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.audit import Audit
from posthouse.ports.credential_uses import CredentialUses
from posthouse.ports.dmarc_results import DmarcResults
from posthouse.ports.greylist import Greylist
from posthouse.ports.guard import Guard
from posthouse.ports.kept_answers import KeptAnswers
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.reports import Reports
from posthouse.ports.signing_in.browser_sessions import BrowserSessions
from posthouse.ports.signing_in.steps import Steps
from posthouse.ports.sts_policies import StsPolicies
from posthouse.ports.tls_results import TlsResults
from posthouse.ports.trace import Trace, TraceEvent

_EVENTS = msgspec.msgpack.Decoder(list[TraceEvent])


class Keeper:
    """Answers the limiter's questions and keeps the traces of all workers."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._limiter = KeeperLimiter(SystemClock())
        self._office = Office()
        self._server: asyncio.Server | None = None
        self._traces: TraceDatabase | None = None
        self._greylist: GreylistDatabase | None = None
        self._guard: GuardDatabase | None = None
        self._feed: Feed | None = None
        self._outgoing: OutgoingDatabase | None = None
        self._audit: AuditDatabase | None = None
        self._uses: UseDatabase | None = None
        self._answers: AnswersDatabase | None = None
        self._sessions: SessionDatabase | None = None
        self._reports: ReportDatabase | None = None
        self._tls: TlsDatabase | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the database and the socket."""
        self._traces = TraceDatabase(self._layout.trace)
        self._tls = TlsDatabase(self._layout.tls, SystemClock())
        self._office.offer("tls_results", TlsResults, self._tls)
        self._office.offer("sts_policies", StsPolicies, self._tls)
        self._office.offer("limiter", SharedCounters, self._limiter)
        self._greylist = GreylistDatabase(self._layout.state)
        self._office.offer("trace", Trace, self._traces)
        self._office.offer("greylist", Greylist, self._greylist)
        self._guard = GuardDatabase(self._layout.guard)
        self._feed = Feed(self._layout.guard_feed)
        self._office.offer("guard", Guard, FollowedGuard(self._guard, self._feed))
        self._outgoing = OutgoingDatabase(self._layout.outgoing)
        self._office.offer("outgoing", Outgoing, self._outgoing)
        self._audit = AuditDatabase(self._layout.audit)
        self._office.offer("audit", Audit, self._audit)
        self._uses = UseDatabase(self._layout.uses)
        self._office.offer("uses", CredentialUses, self._uses)
        self._answers = AnswersDatabase(self._layout.answers)
        self._office.offer("kept_answers", KeptAnswers, self._answers)
        self._sessions = SessionDatabase(self._layout.sessions)
        self._office.offer("browser_sessions", BrowserSessions, self._sessions)
        self._office.offer("steps", Steps, self._sessions)
        self._reports = ReportDatabase(self._layout.reports)
        self._office.offer("dmarc_results", DmarcResults, self._reports)
        self._office.offer("reports", Reports, self._reports)
        self._office.listen(NOTICE, lambda arguments, _: self._keep(arguments))
        self._server = await open_office(self._layout.socket("keeper"), self._office)

    async def reload(self) -> None:
        """Nothing to read anew."""

    async def stop(self) -> None:
        """Write what has come and close."""
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._writing, return_exceptions=True)
        if self._feed is not None:
            await self._feed.stop()
        for database in (
            self._traces,
            self._reports,
            self._greylist,
            self._guard,
            self._outgoing,
            self._audit,
            self._uses,
            self._answers,
            self._sessions,
            self._tls,
        ):
            if database is not None:
                await asyncio.to_thread(database.stop)

    def _keep(self, arguments: bytes) -> None:
        if self._traces is not None:
            task = asyncio.create_task(self._write(_EVENTS.decode(arguments)))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, events: list[TraceEvent]) -> None:
        # A trace is help, not truth: a full disk must not stop the keeper.
        with contextlib.suppress(PosthouseError):
            if self._traces is not None:
                await self._traces.append_all(events)
