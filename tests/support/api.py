"""The API over an office, without a network."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp
from tests.support.administration import DOMAIN, OPERATOR, Office
from tests.support.asgi import Answer, ask
from tests.support.browsers import office_browsers
from tests.support.resolving import FakeResolver
from tests.support.web import PORTS, web_house

from posthouse.adapters.answers.database import AnswersDatabase
from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.reports.database import ReportDatabase
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.adapters.trace.database import TraceDatabase
from posthouse.adapters.uses.database import UseDatabase
from posthouse.model.role import Role
from posthouse.ports.signing_in.provider_link import ProviderLink
from posthouse.services.administer.access.tokens import TokenControl, WantedToken
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.administer.publishing.publishing import Publishing
from posthouse.services.sessions import Sessions
from posthouse.web.api.house import ApiHouse
from posthouse.web.app import web_application
from posthouse.web.browsers import Browsers

ROOT = "/api/v1"


@dataclass
class Api:
    """An application and tokens for it."""

    office: Office
    app: ASGIApp
    limiter: LocalLimiter
    browsers: Browsers
    programs: Sessions
    """Of the one worker there would be."""
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, name: str, role: Role, *, domain: str = DOMAIN, **wanted: Any) -> str:
        """Make somebody with a role, and a token."""
        address = f"{name}@{domain}"
        if await self.office.parts.directory.account_at(address) is None:
            await self.office.accounts.add(OPERATOR, NewAccount(address=address, password=None))
            administers = (f"team@{domain}",) if role is Role.GROUP_MANAGER else ()
            if role is not Role.OWNER:
                await self.office.accounts.change(OPERATOR, address, AccountChanges(role=role, administers=administers))
        known = len(await TokenControl(self.office.parts).all(OPERATOR, address))
        made = await TokenControl(self.office.parts).add(OPERATOR, address, WantedToken(name=f"token {known}", **wanted))
        return made.token

    async def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Answer:
        """Ask as the operator, or whoever the token stands for."""
        if token is None:
            token = self.tokens.setdefault("operator", "") or await self.token("root", Role.OPERATOR)
            self.tokens["operator"] = token
        if body is not None:
            headers.setdefault("content_type", "application/json")
        if token:
            headers.setdefault("authorization", f"Bearer {token}")
        octets = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await ask(self.app, f"https://mail.example.test{ROOT}{path}", method=method, body=octets, **headers)


@contextlib.asynccontextmanager
async def open_api(office: Office, folder: Path, link: ProviderLink | None = None) -> AsyncIterator[Api]:
    """The application over an office."""
    answers, guard = AnswersDatabase(folder / "answers.db"), GuardDatabase(folder / "guard.db")
    reports, outgoing = ReportDatabase(folder / "reports.db"), OutgoingDatabase(folder / "outgoing.db")
    uses, sessions = UseDatabase(folder / "uses.db"), SessionDatabase(folder / "sessions.db")
    sessions_here = Sessions(office.authenticator, office.clock, office.parts.entropy)
    trace, limiter = TraceDatabase(folder / "trace.db"), LocalLimiter(office.clock)
    house = web_house(office, PORTS)
    api = ApiHouse(
        hostname=house.hostname,
        administration=office.parts,
        queues={0: office.queue},
        guard=guard,
        reports=reports,
        trace=trace,
        outgoing=outgoing,
        uses=uses,
        publishing=Publishing(office.parts, house.hostname, b""),
        resolver=FakeResolver(),
        limiter=limiter,
        answers=answers,
        ask_workers=house.ask_workers,
        program_sessions={0: sessions_here},
        browsers=(browsers := office_browsers(office, sessions, guard, link)),
    )
    application = web_application(dataclasses.replace(house, api=api))
    try:
        yield Api(office, application, limiter, browsers, sessions_here)
    finally:
        for database in (answers, guard, reports, outgoing, trace, uses, sessions):
            database.stop()
