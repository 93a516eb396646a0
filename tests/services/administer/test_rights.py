"""Every verb of administering, for every role, in an own domain and in a foreign one.

A verb that is not in the table fails; so does one that lets somebody do what the table of roles does not say.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office
from tests.support.archives import MemoryArchive, PlainPassphrases
from tests.support.browsers import office_browsers

import posthouse.services.administer
from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.reports.database import ReportDatabase
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.adapters.uses.database import UseDatabase
from posthouse.foundation.errors import NotPermitted, PosthouseError
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Receiving
from posthouse.model.domain_key import KeyKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act, Role
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.ports.audit import Sought
from posthouse.services.administer.access.tokens import TokenControl, WantedToken
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.aliases import Aliases
from posthouse.services.administer.audit.reading import AuditLog
from posthouse.services.administer.credentials import AppPasswords
from posthouse.services.administer.domains import DomainChanges, Domains
from posthouse.services.administer.moving.bringing_in import BringingIn, ImportWish
from posthouse.services.administer.moving.exporting import Exporting, ExportWish
from posthouse.services.administer.outside.syncing import PeopleSync
from posthouse.services.administer.people.announcing import Announcement, Announcing
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.publishing.publishing import Publishing
from posthouse.services.administer.queue import QueueControl
from posthouse.services.administer.reports import ReceivedReports
from posthouse.services.administer.scopes import SettingControl, Where
from posthouse.services.administer.shares import Shares
from posthouse.services.administer.signing_in.programs import Programs
from posthouse.services.administer.signing_in.second_factors import SecondFactors
from posthouse.services.administer.traffic.auto_replies import AutoReplying
from posthouse.services.administer.traffic.forwards import Forwards
from posthouse.services.administer.traffic.groups import GroupChanges, Groups
from posthouse.services.administer.traffic.sending import Held, SendingControl
from posthouse.services.administer.traffic.unknown import Choice, UnknownChoosing
from posthouse.services.administer.upkeep import Upkeep
from posthouse.services.browsers.control import SessionControl
from posthouse.services.guard.blocking import Blocks

FOREIGN = "example.org"
ALICE, SALES, STAFF = "alice", "sales", "staff"


class Verb(NamedTuple):
    """What a verb needs, and one call of it."""

    act: Act
    call: Callable[["Desk", Principal, str], Awaitable[Any]]
    everywhere: bool = False
    """It is about the whole service: being in a domain is not enough."""
    listing: bool = False
    """It tells whatever there is that one may see, also where that is nothing."""


class Desk:
    """All verbs over one office."""

    def __init__(self, office: Office, folder: Path) -> None:
        parts = office.parts
        self.guard, self.reports = GuardDatabase(folder / "guard.db"), ReportDatabase(folder / "reports.db")
        self.accounts, self.aliases, self.domains = Accounts(parts), Aliases(parts), Domains(parts)
        self.app_passwords, self.keys, self.shares = AppPasswords(parts), DomainKeys(parts), Shares(parts)
        self.publishing = Publishing(parts, "mx.example.test", b"")
        self.queue = QueueControl({0: office.queue}, parts.recorder)
        self.received = ReceivedReports(self.reports, parts.clock)
        self.settings, self.upkeep, self.log = SettingControl(parts), Upkeep(parts), AuditLog(parts.audit)
        self.outgoing = OutgoingDatabase(folder / "outgoing.db")
        self.sending = SendingControl(parts, self.outgoing, {0: office.queue})
        self.replies, self.forwards, self.unknown = AutoReplying(parts), Forwards(parts), UnknownChoosing(parts)
        self.tokens = TokenControl(parts)
        self.exporting = Exporting(parts, PlainPassphrases())
        self.bringing_in = BringingIn(parts, office.spool, PlainPassphrases())
        self.groups = Groups(parts)
        self.people = PeopleSync(parts, None)
        self.announcing = Announcing(parts, {0: office.queue})
        self.uses = UseDatabase(folder / "uses.db")
        self.programs, self.factors = Programs(parts, self.uses), SecondFactors(parts, "mail.example.test")
        self.kept = SessionDatabase(folder / "sessions.db")
        browsers = office_browsers(office, self.kept, self.guard)
        self.passkeys = browsers.passkey_control
        self.sessions = SessionControl(parts, browsers.sessions, {})
        self.blocks = Blocks(self.guard, parts.settings, parts.clock, parts.recorder)

    def stop(self) -> None:
        """Close."""
        self.guard.stop()
        self.reports.stop()
        self.outgoing.stop()
        self.uses.stop()
        self.kept.stop()


def _at(domain: str, name: str = ALICE) -> str:
    return f"{name}@{domain}"


PASSWORD = "Corr3ct-horse"
FOREIGN_HASH = "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"
NO_ID = "0" * 26
VERBS: dict[str, Verb] = {
    "PasskeyControl.all": Verb(Act.SECOND_FACTOR_LOOK, lambda d, p, at: d.passkeys.all(p, _at(at))),
    "PasskeyControl.remove": Verb(Act.SECOND_FACTOR_CHANGE, lambda d, p, at: d.passkeys.remove(p, _at(at), "x")),
    "SessionControl.all": Verb(Act.SESSION_LOOK, lambda d, p, at: d.sessions.all(p, _at(at))),
    "SessionControl.end": Verb(Act.SESSION_END, lambda d, p, at: d.sessions.end(p, _at(at), NO_ID)),
    "SessionControl.clear": Verb(Act.SESSION_END, lambda d, p, at: d.sessions.clear(p, _at(at))),
    "Accounts.add": Verb(Act.ACCOUNT_ADD, lambda d, p, at: d.accounts.add(p, NewAccount(address=_at(at, "new"), password=None))),
    "Accounts.all": Verb(Act.ACCOUNT_LOOK, lambda d, p, at: d.accounts.all(p, at)),
    "Accounts.page": Verb(Act.ACCOUNT_LOOK, lambda d, p, at: d.accounts.page(p, at, "", 10)),
    "Accounts.report": Verb(Act.ACCOUNT_LOOK, lambda d, p, at: d.accounts.report(p, _at(at))),
    "Accounts.change": Verb(Act.ACCOUNT_CHANGE, lambda d, p, at: d.accounts.change(p, _at(at), AccountChanges(display_name="A"))),
    "Accounts.set_password": Verb(Act.PASSWORD_SET, lambda d, p, at: d.accounts.set_password(p, _at(at), PASSWORD)),
    "Accounts.set_password_hash": Verb(Act.PASSWORD_SET, lambda d, p, at: d.accounts.set_password_hash(p, _at(at), FOREIGN_HASH)),
    "Accounts.generate_password": Verb(Act.PASSWORD_SET, lambda d, p, at: d.accounts.generate_password(p, _at(at))),
    "Accounts.suspend": Verb(Act.ACCOUNT_SUSPEND, lambda d, p, at: d.accounts.suspend(p, _at(at))),
    "Accounts.resume": Verb(Act.ACCOUNT_RESUME, lambda d, p, at: d.accounts.resume(p, _at(at))),
    "Accounts.rename": Verb(Act.ACCOUNT_RENAME, lambda d, p, at: d.accounts.rename(p, _at(at), _at(at, "anne"))),
    "Accounts.remove": Verb(Act.ACCOUNT_REMOVE, lambda d, p, at: d.accounts.remove(p, _at(at))),
    "Aliases.add": Verb(Act.ALIAS_CHANGE, lambda d, p, at: d.aliases.add(p, _at(at, "more"), [_at(at)])),
    "Aliases.all": Verb(Act.ALIAS_LOOK, lambda d, p, at: d.aliases.all(p, at)),
    "Aliases.page": Verb(Act.ALIAS_LOOK, lambda d, p, at: d.aliases.page(p, at, "", 10)),
    "Aliases.get": Verb(Act.ALIAS_LOOK, lambda d, p, at: d.aliases.get(p, _at(at, SALES))),
    "Aliases.change": Verb(Act.ALIAS_CHANGE, lambda d, p, at: d.aliases.change(p, _at(at, SALES), ["a@elsewhere.example"])),
    "Aliases.remove": Verb(Act.ALIAS_CHANGE, lambda d, p, at: d.aliases.remove(p, _at(at, SALES))),
    "AppPasswords.add": Verb(Act.APP_PASSWORD_ADD, lambda d, p, at: d.app_passwords.add(p, _at(at))),
    "AppPasswords.all": Verb(Act.APP_PASSWORD_LOOK, lambda d, p, at: d.app_passwords.all(p, _at(at))),
    "AppPasswords.remove": Verb(Act.APP_PASSWORD_REMOVE, lambda d, p, at: d.app_passwords.remove(p, _at(at), "x")),
    "AppPasswords.clear": Verb(Act.APP_PASSWORD_REMOVE, lambda d, p, at: d.app_passwords.clear(p, _at(at))),
    "AuditLog.page": Verb(Act.AUDIT_LOOK, lambda d, p, at: d.log.page(p, Sought(domains=(at,))), listing=True),
    "AuditLog.verify": Verb(Act.AUDIT_LOOK, lambda d, p, _at: d.log.verify(p), everywhere=True),
    "Announcing.send": Verb(Act.ANNOUNCE, lambda d, p, at: d.announcing.send(p, Announcement(at, "x", "y"))),
    "Groups.add": Verb(Act.GROUP_ADD, lambda d, p, at: d.groups.add(p, _at(at, "club"), [_at(at)], GroupChanges())),
    "Groups.all": Verb(Act.GROUP_LOOK, lambda d, p, _at: d.groups.all(p), listing=True),
    "Groups.get": Verb(Act.GROUP_LOOK, lambda d, p, at: d.groups.get(p, _at(at, STAFF))),
    "Groups.change": Verb(Act.GROUP_CHANGE, lambda d, p, at: d.groups.change(p, _at(at, STAFF), GroupChanges(personal=True))),
    "Groups.add_members": Verb(Act.GROUP_CHANGE, lambda d, p, at: d.groups.add_members(p, _at(at, STAFF), ["a@x.example"])),
    "Groups.remove_members": Verb(Act.GROUP_CHANGE, lambda d, p, at: d.groups.remove_members(p, _at(at, STAFF), [_at(at)])),
    "Groups.remove": Verb(Act.GROUP_REMOVE, lambda d, p, at: d.groups.remove(p, _at(at, STAFF))),
    "Domains.add": Verb(Act.DOMAIN_ADD, lambda d, p, _at: d.domains.add(p, "new.example"), everywhere=True),
    "Domains.all": Verb(Act.DOMAIN_LOOK, lambda d, p, _at: d.domains.all(p), listing=True),
    "Exporting.export": Verb(Act.DOMAIN_EXPORT, lambda d, p, at: d.exporting.export(p, at, ExportWish(), MemoryArchive())),
    "BringingIn.bring_in": Verb(
        Act.DOMAIN_IMPORT, lambda d, p, _at: d.bringing_in.bring_in(p, MemoryArchive(), ImportWish()), everywhere=True
    ),
    "Domains.report": Verb(Act.DOMAIN_LOOK, lambda d, p, at: d.domains.report(p, at)),
    "Domains.change": Verb(Act.DOMAIN_CHANGE, lambda d, p, at: d.domains.change(p, at, DomainChanges(app_passwords_only=True))),
    "Accounts.receive": Verb(Act.ACCOUNT_SUSPEND, lambda d, p, at: d.accounts.receive(p, _at(at), Receiving.NO)),
    "Accounts.restore": Verb(Act.ACCOUNT_REMOVE, lambda d, p, at: d.accounts.restore(p, _at(at))),
    "Domains.suspend": Verb(Act.DOMAIN_LIMIT, lambda d, p, at: d.domains.suspend(p, at)),
    "Domains.resume": Verb(Act.DOMAIN_LIMIT, lambda d, p, at: d.domains.resume(p, at)),
    "Domains.rename": Verb(Act.DOMAIN_RENAME, lambda d, p, at: d.domains.rename(p, at, "new.example"), everywhere=True),
    "Domains.remove": Verb(Act.DOMAIN_REMOVE, lambda d, p, at: d.domains.remove(p, at), everywhere=True),
    "DomainKeys.all": Verb(Act.DOMAIN_LOOK, lambda d, p, at: d.keys.all(p, at)),
    "DomainKeys.add": Verb(Act.DKIM_CHANGE, lambda d, p, at: d.keys.add(p, at, KeyKind.ED25519)),
    "DomainKeys.rotate": Verb(Act.DKIM_CHANGE, lambda d, p, at: d.keys.rotate(p, at)),
    "DomainKeys.activate": Verb(Act.DKIM_CHANGE, lambda d, p, at: d.keys.activate(p, at, "", None)),
    "DomainKeys.retire": Verb(Act.DKIM_CHANGE, lambda d, p, at: d.keys.retire(p, at, "x")),
    "DomainKeys.remove": Verb(Act.DKIM_CHANGE, lambda d, p, at: d.keys.remove(p, at, "x")),
    "Publishing.records": Verb(Act.DOMAIN_LOOK, lambda d, p, at: d.publishing.records(p, at)),
    "Programs.all": Verb(Act.APP_PASSWORD_LOOK, lambda d, p, at: d.programs.all(p, _at(at))),
    "QueueControl.all": Verb(Act.QUEUE_LOOK, lambda d, p, _at: d.queue.all(p), listing=True),
    "QueueControl.report": Verb(Act.QUEUE_LOOK, lambda d, p, _at: d.queue.report(p, NO_ID), listing=True),
    "QueueControl.read": Verb(Act.MAIL_READ, lambda d, p, _at: d.queue.read(p, NO_ID), listing=True),
    "QueueControl.change": Verb(Act.QUEUE_CHANGE, lambda d, p, _at: d.queue.change(p, "hold", [NO_ID]), listing=True),
    "ReceivedReports.all": Verb(Act.REPORT_LOOK, lambda d, p, at: d.received.all(p, domain=at)),
    "ReceivedReports.one": Verb(Act.REPORT_LOOK, lambda d, p, _at: d.received.one(p, "x"), listing=True),
    "ReceivedReports.sources": Verb(Act.REPORT_LOOK, lambda d, p, at: d.received.sources(p, at)),
    "SecondFactors.all": Verb(Act.SECOND_FACTOR_LOOK, lambda d, p, at: d.factors.all(p, _at(at))),
    "SecondFactors.begin": Verb(Act.SECOND_FACTOR_CHANGE, lambda d, p, at: d.factors.begin(p, _at(at))),
    "SecondFactors.confirm": Verb(Act.SECOND_FACTOR_CHANGE, lambda d, p, at: d.factors.confirm(p, _at(at), "1")),
    "SecondFactors.renew_codes": Verb(Act.SECOND_FACTOR_CHANGE, lambda d, p, at: d.factors.renew_codes(p, _at(at))),
    "SecondFactors.reset": Verb(Act.SECOND_FACTOR_CHANGE, lambda d, p, at: d.factors.reset(p, _at(at))),
    "SettingControl.all": Verb(Act.SETTING_LOOK, lambda d, p, at: d.settings.all(p, Where(domain=at))),
    "SettingControl.get": Verb(Act.SETTING_LOOK, lambda d, p, at: d.settings.get(p, "dkim.sign", Where(account=_at(at)))),
    "SettingControl.set": Verb(Act.SETTING_CHANGE, lambda d, p, at: d.settings.set(p, "dkim.sign", "off", Where(domain=at))),
    "Shares.all": Verb(Act.SHARE_LOOK, lambda d, p, at: d.shares.all(p, _at(at))),
    "Shares.set": Verb(
        Act.SHARE_CHANGE, lambda d, p, at: d.shares.set(p, _at(at), "INBOX", _at(FOREIGN if at == DOMAIN else DOMAIN), "read")
    ),
    "Shares.remove": Verb(Act.SHARE_CHANGE, lambda d, p, at: d.shares.remove(p, _at(at), "*")),
    "AutoReplying.all": Verb(Act.AUTO_REPLY_LOOK, lambda d, p, at: d.replies.all(p, at)),
    "AutoReplying.get": Verb(Act.AUTO_REPLY_LOOK, lambda d, p, at: d.replies.get(p, _at(at))),
    "AutoReplying.set": Verb(Act.AUTO_REPLY_CHANGE, lambda d, p, at: d.replies.set(p, _at(at), AutoReply("away"))),
    "AutoReplying.remove": Verb(Act.AUTO_REPLY_CHANGE, lambda d, p, at: d.replies.remove(p, _at(at))),
    "Forwards.all": Verb(Act.FORWARD_LOOK, lambda d, p, at: d.forwards.all(p, at)),
    "Forwards.get": Verb(Act.FORWARD_LOOK, lambda d, p, at: d.forwards.get(p, _at(at))),
    "Forwards.set": Verb(Act.FORWARD_CHANGE, lambda d, p, at: d.forwards.set(p, _at(at), ["a@elsewhere.example"])),
    "Forwards.add": Verb(Act.FORWARD_CHANGE, lambda d, p, at: d.forwards.add(p, _at(at), ["b@elsewhere.example"])),
    "Forwards.remove": Verb(Act.FORWARD_CHANGE, lambda d, p, at: d.forwards.remove(p, _at(at))),
    "Forwards.keep": Verb(Act.FORWARD_CHANGE, lambda d, p, at: d.forwards.keep(p, _at(at), keep=True)),
    "SendingControl.report": Verb(Act.SENDING_LOOK, lambda d, p, at: d.sending.report(p, _at(at))),
    "SendingControl.stop": Verb(Act.SENDING_STOP, lambda d, p, at: d.sending.stop(p, _at(at))),
    "SendingControl.restore": Verb(Act.SENDING_RESTORE, lambda d, p, at: d.sending.restore(p, _at(at), Held.KEEP)),
    "UnknownChoosing.get": Verb(Act.DOMAIN_LOOK, lambda d, p, at: d.unknown.get(p, at)),
    "UnknownChoosing.choose": Verb(Act.DOMAIN_CHANGE, lambda d, p, at: d.unknown.choose(p, at, Choice.REJECT)),
    "PeopleSync.test": Verb(Act.ACCOUNT_ADD, lambda d, p, at: d.people.test(p, at)),
    "PeopleSync.plan": Verb(Act.ACCOUNT_ADD, lambda d, p, at: d.people.plan(p, at)),
    "PeopleSync.sync": Verb(Act.ACCOUNT_ADD, lambda d, p, at: d.people.sync(p, at)),
    "TokenControl.add": Verb(Act.TOKEN_CHANGE, lambda d, p, at: d.tokens.add(p, _at(at), WantedToken(name="x"))),
    "TokenControl.all": Verb(Act.TOKEN_LOOK, lambda d, p, at: d.tokens.all(p, _at(at))),
    "TokenControl.remove": Verb(Act.TOKEN_CHANGE, lambda d, p, at: d.tokens.remove(p, _at(at), "x")),
    "Upkeep.verify": Verb(Act.MAIL_VERIFY, lambda d, p, at: d.upkeep.verify(p, _at(at))),
    "Upkeep.verify_all": Verb(Act.MAIL_VERIFY, lambda d, p, _at: d.upkeep.verify_all(p), everywhere=True),
    "Upkeep.reindex": Verb(Act.MAIL_REINDEX, lambda d, p, at: d.upkeep.reindex(p, _at(at))),
    "Upkeep.reindex_all": Verb(Act.MAIL_REINDEX, lambda d, p, _at: d.upkeep.reindex_all(p), everywhere=True),
    "Blocks.all": Verb(Act.BLOCK_LOOK, lambda d, p, _at: d.blocks.all(p), listing=True),
    "Blocks.add": Verb(Act.BLOCK_ADD, lambda d, p, _at: d.blocks.add(p, "192.0.2.1"), everywhere=True),
    "Blocks.remove": Verb(Act.BLOCK_REMOVE, lambda d, p, at: d.blocks.remove(p, _at(at))),
    "Blocks.check": Verb(Act.BLOCK_LOOK, lambda d, p, _at: d.blocks.check(p, "192.0.2.1"), everywhere=True),
}
ELSEWHERE = {
    "AuditLog.own": "everybody's own",
    "Publishing.check": "records first, then the DNS",
    "QueueControl.change_all": "all, then change: tests/services/administer/test_queue.py",
    "Applying.plan": "tests/services/administer/applying/test_applying.py",
    "Applying.apply": "tests/services/administer/applying/test_applying.py",
    "find_trace": "tests/services/administer/test_upkeep.py",
}
"""Verbs whose rights are tested elsewhere."""
CHANGES_NOTHING = {
    "AppPasswords.clear": "there is none",
    "SessionControl.clear": "there is none",
    "DomainKeys.rotate": "it has keys that are pending",
    "SecondFactors.reset": "there is none",
    "Forwards.remove": "its mail is not forwarded",
    "Forwards.keep": "it keeps its mail already",
}
"""Verbs that as they are called here find everything as it shall be."""
ROLES = [role for role in Role if role is not Role.SYSTEM]


def _verbs() -> set[str]:
    """Every public coroutine of the package that takes a principal first."""
    package = posthouse.services.administer
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    modules += [
        importlib.import_module(f"posthouse.services.{name}")
        for name in ("guard.blocking", "browsers.control", "browsers.passkey_control")
    ]
    found = set()
    for module in modules:
        owned = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
        for each in owned:
            methods = vars(each).values() if inspect.isclass(each) else [each]
            for method in methods:
                if inspect.iscoroutinefunction(method) and _is_verb(method):
                    found.add(method.__qualname__)
    return found


def _is_verb(function: Callable[..., object]) -> bool:
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    return names[:1] == ["principal"] and not function.__name__.startswith("_")


def test_every_verb_is_in_the_table() -> None:
    assert _verbs() - {"Recorder.note"} == set(VERBS) | set(ELSEWHERE)


def somebody(role: Role) -> Principal:
    """Who administers the own domain; a group manager manages no account that is asked for."""
    reach = {Role.OWNER: (), Role.OPERATOR: (), Role.GROUP_MANAGER: (f"team@{DOMAIN}",)}.get(role, (DOMAIN,))
    return Principal(AccountId(b"s" * 16), f"somebody@{DOMAIN}", role, reach=reach)


def may(verb: Verb, principal: Principal, domain: str) -> bool:
    """What the table of roles says."""
    if verb.act not in principal.role.acts:
        return False
    if principal.role is Role.OPERATOR or verb.listing:
        return True
    return not verb.everywhere and domain in principal.reach


@pytest.mark.parametrize("name", sorted(VERBS))
async def test_each_role_may_what_its_acts_say_where_it_holds(office: Office, tmp_path: Path, name: str) -> None:
    await office.domains.add(OPERATOR, FOREIGN)
    for domain in (DOMAIN, FOREIGN):
        await office.accounts.add(OPERATOR, NewAccount(address=_at(domain), password=None))
        await office.aliases.add(OPERATOR, _at(domain, SALES), [_at(domain)])
        await Groups(office.parts).add(OPERATOR, _at(domain, STAFF), [_at(domain)], GroupChanges())
    desk, verb = Desk(office, tmp_path), VERBS[name]
    try:
        for role in sorted(ROLES, key=lambda role: role is Role.OPERATOR):  # whoever may do it is last: it is done then
            for domain in (FOREIGN, DOMAIN):
                principal = somebody(role)
                before = len(office.audit.entries)
                assert await _is_permitted(verb.call(desk, principal, domain)) == may(verb, principal, domain), (role, domain)
                if not may(verb, principal, domain):
                    assert len(office.audit.entries) == before
    finally:
        desk.stop()


@pytest.mark.parametrize("name", sorted(name for name, verb in VERBS.items() if not verb.act.is_look))
async def test_what_is_changed_is_written_down(office: Office, tmp_path: Path, name: str) -> None:
    await office.accounts.add(OPERATOR, NewAccount(address=_at(DOMAIN), password=None))
    await office.domains.add(OPERATOR, FOREIGN)
    await office.accounts.add(OPERATOR, NewAccount(address=_at(FOREIGN), password=None))
    await office.aliases.add(OPERATOR, _at(DOMAIN, SALES), [_at(DOMAIN)])
    desk, verb = Desk(office, tmp_path), VERBS[name]
    before = len(office.audit.entries)
    try:
        try:
            await verb.call(desk, OPERATOR, DOMAIN)
        except PosthouseError:
            return  # there was nothing to change
        written = office.audit.entries[before:]
        assert verb.act in {entry.act for entry in written} or name in CHANGES_NOTHING
        assert {entry.by for entry in written} <= {OPERATOR.address}
    finally:
        desk.stop()


async def _is_permitted(call: Awaitable[Any]) -> bool:
    try:
        await call
    except NotPermitted:
        return False
    except PosthouseError:
        return True  # of what is asked for there may be none any more
    return True


@pytest.mark.parametrize("name", sorted(name for name, verb in VERBS.items() if not verb.everywhere and not verb.listing))
async def test_nobody_learns_what_exists_in_a_foreign_domain(office: Office, tmp_path: Path, name: str) -> None:
    await office.domains.add(OPERATOR, FOREIGN)
    await office.accounts.add(OPERATOR, NewAccount(address=_at(FOREIGN), password=None))
    desk, verb = Desk(office, tmp_path), VERBS[name]
    try:
        words = []
        for domain in (FOREIGN, "nothing-there.example"):
            with pytest.raises(NotPermitted) as caught:
                await verb.call(desk, somebody(Role.DOMAIN_ADMINISTRATOR), domain)
            words.append(str(caught.value).replace(domain, "DOMAIN"))
        assert words[0] == words[1]
    finally:
        desk.stop()


async def test_lists_show_what_one_may_see(office: Office) -> None:
    await office.domains.add(OPERATOR, FOREIGN)
    for name in ("alice", "team"):
        await office.add(name)
    await office.accounts.add(OPERATOR, NewAccount(address=_at(FOREIGN), password=None))
    await office.aliases.add(OPERATOR, _at(FOREIGN, SALES), [_at(FOREIGN)])
    administrator, manager = somebody(Role.DOMAIN_ADMINISTRATOR), somebody(Role.GROUP_MANAGER)
    assert [domain.key for domain in await office.domains.all(administrator)] == [DOMAIN]
    assert [account.key for account in await office.accounts.all(administrator)] == [_at(DOMAIN), f"team@{DOMAIN}"]
    assert [account.key for account in await office.accounts.all(manager)] == [f"team@{DOMAIN}"]
    assert await office.aliases.all(administrator) == []
    for principal in (administrator, manager, OPERATOR):
        everybody = await office.accounts.all(principal)
        paged = [await office.accounts.page(principal, None, before, 1) for before in ["", *(each.key for each in everybody)]]
        assert paged == [*([each] for each in everybody), []]
    assert await office.aliases.page(administrator, None, "", 10) == []
    assert [alias.key for alias in await office.aliases.page(OPERATOR, None, "", 10)] == [_at(FOREIGN, SALES)]
    assert [alias.key for alias in await office.aliases.all(OPERATOR)] == [_at(FOREIGN, SALES)]


@pytest.mark.parametrize(
    ("role", "administers", "words"),
    [
        (Role.OPERATOR, (), "more than their own"),
        (Role.AUDITOR, ("*",), "in other places"),
        (Role.HELP_DESK, (FOREIGN,), "in other places"),
        (Role.GROUP_MANAGER, (f"team@{FOREIGN}",), "in other places"),
    ],
)
async def test_nobody_gives_a_role_above_their_own(office: Office, role: Role, administers: tuple[str, ...], words: str) -> None:
    await office.add(ALICE)
    administrator = somebody(Role.DOMAIN_ADMINISTRATOR)
    with pytest.raises(NotPermitted, match=words):
        await office.accounts.change(administrator, _at(DOMAIN), AccountChanges(role=role, administers=administers))
    new = NewAccount(address=_at(DOMAIN, "bob"), password=None, role=role, administers=administers)
    with pytest.raises(NotPermitted, match=words):
        await office.accounts.add(administrator, new)
    changed = await office.accounts.change(administrator, _at(DOMAIN), AccountChanges(role=Role.HELP_DESK))
    assert changed.reach == (DOMAIN,)


async def test_settings_that_are_not_delegated_are_for_operators(office: Office) -> None:
    control, administrator = SettingControl(office.parts), somebody(Role.DOMAIN_ADMINISTRATOR)
    with pytest.raises(NotPermitted, match="for operators"):
        await control.set(administrator, "mail.quota_octets", "0", Where(domain=DOMAIN))
    with pytest.raises(NotPermitted, match="all domains"):
        await control.set(administrator, "dkim.sign", "off", Where())
    with pytest.raises(NotPermitted, match="for operators"):
        await office.domains.change(administrator, DOMAIN, DomainChanges(quota="1TB"))


async def test_an_account_does_not_move_to_a_foreign_domain(office: Office) -> None:
    await office.domains.add(OPERATOR, FOREIGN)
    await office.add(ALICE)
    with pytest.raises(NotPermitted):
        await office.accounts.rename(somebody(Role.DOMAIN_ADMINISTRATOR), _at(DOMAIN), _at(FOREIGN))
