"""Many who share, deep trees, and accounts that are away: a listing stays bounded and shows the rest."""

import pytest
from msgspec.structs import replace
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import ImapServer

from posthouse.foundation.errors import OverQuota, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.mailbox import Mailbox
from posthouse.model.people.domain_rules import DomainLimits
from posthouse.model.principal import SYSTEM
from posthouse.model.sharing.rights import Right
from posthouse.servers.imap.folders import others
from posthouse.services.mail import Mail
from posthouse.services.sharing import people, transferring

READ = Right.LOOKUP | Right.READ | Right.SEEN


async def share(server: ImapServer, name: str, who: str = "bob@example.test", rights: Right = READ) -> AccountId:
    """Let somebody share their INBOX."""
    account = await server.mail.directory.account_at(f"{name}@example.test") or await server.mail.add(name)
    mail = Mail(SYSTEM, account.id, server.mail.accounts)
    inbox = (await mail.mailboxes())[0]
    await server.house.granting.grant(mail, inbox.id, await server.house.people.identifier(who), rights)
    return account.id


class Opened:
    """Counts the accounts that are asked for their mailboxes; some are away."""

    def __init__(self, server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.accounts: set[AccountId] = set()
        self.away: set[AccountId] = set()
        self._mailboxes = server.mail.accounts.mailboxes
        monkeypatch.setattr(server.mail.accounts, "mailboxes", self._look)

    async def _look(self, account_id: AccountId, *, viewer: AccountId | None = None) -> list[Mailbox]:
        if viewer is not None:
            self.accounts.add(account_id)
        if account_id in self.away:
            raise Unavailable("the account is away")
        return await self._mailboxes(account_id, viewer=viewer)


async def test_only_what_a_pattern_reaches_is_opened(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 2)
    for number in range(7):
        await share(server, f"person{number}")
    opened = Opened(server, monkeypatch)
    bob = await server.signed_in("bob")
    assert len(await bob.ok('LIST "" "Other Users/%"')) == 7
    assert len(await bob.ok('LIST "" %')) == 3
    await bob.ok('LIST (SUBSCRIBED) "" *')
    await bob.ok('LSUB "" *')
    assert not opened.accounts
    assert len(await bob.ok('LIST "" "Other Users/person3@example.test/*"')) == 1
    assert len(opened.accounts) == 1
    assert len([line for line in await bob.ok('LIST "" *') if b"INBOX" in line]) == 8
    assert len(opened.accounts) == 7


async def test_beyond_a_number_of_accounts_only_the_level_is_listed(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "OPENED", 2)
    for number in range(4):
        await share(server, f"person{number}")
    opened = Opened(server, monkeypatch)
    bob = await server.signed_in("bob")
    listed = await bob.ok('LIST "" "Other Users/*"')
    assert len(opened.accounts) == 2
    assert len([line for line in listed if b"INBOX" in line]) == 2
    assert len([line for line in listed if line.endswith(b'@example.test"') and rb"\HasChildren" in line]) == 4


async def test_an_account_that_is_away_leaves_its_own_folders_out(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, _ = await share(server, "person0"), await share(server, "person1")
    opened = Opened(server, monkeypatch)
    opened.away.add(gone)
    bob = await server.signed_in("bob")
    listed = await bob.ok('LIST "" "Other Users/*" RETURN (STATUS (MESSAGES))')
    assert [line for line in listed if b"person0" in line] == [
        rb'* LIST (\NonExistent \HasChildren) "/" "Other Users/person0@example.test"'
    ]
    assert any(line.startswith(b'* STATUS "Other Users/person1@example.test/INBOX"') for line in listed)
    assert (await bob.do('STATUS "Other Users/person0@example.test/INBOX" (MESSAGES)'))[-1].startswith(b"NO [UNAVAILABLE]")


async def test_lookup_alone_lists_and_read_alone_opens(server: ImapServer) -> None:
    await share(server, "alice", rights=Right.LOOKUP)
    bob = await server.signed_in("bob")
    name = '"Other Users/alice@example.test/INBOX"'
    listed = await bob.ok(f'LIST "" {name} RETURN (STATUS (MESSAGES) MYRIGHTS METADATA (/shared/comment))')
    assert listed[1:] == [b'* MYRIGHTS "Other Users/alice@example.test/INBOX" l']
    assert (await bob.do(f"SELECT {name}"))[-1].startswith(b"NO [NOPERM]")
    assert (await bob.do(f"STATUS {name} (MESSAGES)"))[-1].startswith(b"NO [NOPERM]")
    await share(server, "alice", rights=Right.READ)
    bob = await server.signed_in("bob")
    assert await bob.ok(f'LIST "" {name}') == []
    assert (await bob.do(f"SELECT {name}"))[-1].startswith(b"OK [READ-ONLY]")


async def test_a_quota_of_the_owner_holds_for_whoever_files_there(server: ImapServer) -> None:
    owner = await share(server, "alice", rights=READ | Right.INSERT)
    bob = await server.signed_in("bob", "INBOX")
    name = '"Other Users/alice@example.test/INBOX"'
    for _ in range(4):
        await bob.append("INBOX", PLAIN)
    await server.mail.accounts.set_quota(owner, 0, 3)
    assert (await bob.do(f"COPY 1:4 {name}"))[-1].startswith(b"NO [OVERQUOTA]")
    assert await bob.ok(f"STATUS {name} (MESSAGES)") == [b'* STATUS "Other Users/alice@example.test/INBOX" (MESSAGES 0)']
    told = await bob.ok(f"COPY 1:3 {name}")
    assert b"* NO [OVERQUOTA] The mailbox is full: no messages left" in told
    assert (await bob.do(f"MOVE 4 {name}"))[-1].startswith(b"NO [OVERQUOTA]")
    assert b"* 4 EXISTS" in await bob.ok("EXAMINE INBOX")
    root = await bob.ok(f"GETQUOTAROOT {name}")
    assert root[0] == b'* QUOTAROOT "Other Users/alice@example.test/INBOX" alice@example.test'
    assert b"MESSAGE 3 3" in root[1]
    assert await bob.ok("GETQUOTA alice@example.test") == root[1:]


async def test_copies_that_were_placed_before_a_failure_are_taken_back(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await share(server, "alice", rights=READ | Right.INSERT)
    bob = await server.signed_in("bob", "INBOX")
    big = b"Subject: x\r\n\r\n" + b"y" * 60_000
    for _ in range(12):
        await bob.append("INBOX", big)
    monkeypatch.setattr(transferring, "PORTION_OCTETS", 100_000)
    append = server.mail.accounts.append
    calls = 0

    async def failing(account_id: AccountId, *arguments: object, **named: object) -> object:
        nonlocal calls
        calls += account_id == owner
        if calls > 1:
            raise OverQuota("no more room")
        return await append(account_id, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(server.mail.accounts, "append", failing)
    name = '"Other Users/alice@example.test/INBOX"'
    assert (await bob.do(f"COPY 1:* {name}"))[-1].startswith(b"NO [OVERQUOTA]")
    assert calls == 2
    assert await bob.ok(f"STATUS {name} (MESSAGES)") == [b'* STATUS "Other Users/alice@example.test/INBOX" (MESSAGES 0)']


async def test_a_warning_comes_once_a_session(server: ImapServer) -> None:
    alice = await server.signed_in()
    account = await server.mail.directory.account_at("alice@example.test")
    assert account is not None
    await server.mail.accounts.set_quota(account.id, 10 * len(PLAIN))
    for _ in range(8):
        assert not [line for line in await alice.append("INBOX", PLAIN) if b"OVERQUOTA" in line]
    assert (await alice.append("INBOX", PLAIN))[0] == b"* NO [OVERQUOTA] The mailbox is 90 percent full"
    assert not [line for line in await alice.ok("SELECT INBOX") if b"OVERQUOTA" in line]
    other = await server.signed_in()
    assert b"* NO [OVERQUOTA] The mailbox is 90 percent full" in await other.ok("SELECT INBOX")


async def test_an_operator_sets_quotas(server: ImapServer) -> None:
    admin = await server.signed_in("admin")
    assert b" QUOTASET" in (await admin.ok("CAPABILITY"))[0]
    told = await admin.ok("SETQUOTA alice@example.test (STORAGE 512 MESSAGE 100)")
    assert told == [b"* QUOTA alice@example.test (STORAGE 0 512 MESSAGE 0 100 MAILBOX 2 50000)"]
    account = await server.mail.directory.account_at("alice@example.test")
    assert account is not None
    assert (account.quota_octets, account.quota_messages) == (512 * 1024, 100)
    assert await admin.ok("SETQUOTA alice@example.test ()") == [b"* QUOTA alice@example.test (MAILBOX 2 50000)"]
    told_before, told_after = [(entry.by, entry.subject, entry.after) for entry in server.mail.audit.entries]
    assert told_before == ("admin@example.test", "alice@example.test", '{"quota_octets":524288,"quota_messages":100}')
    assert told_after[2] == '{"quota_octets":0,"quota_messages":0}'
    domain = await server.mail.directory.domain("example.test")
    assert domain is not None
    await server.mail.directory.replace_domain(replace(domain, limits=DomainLimits(largest_quota_octets=1_024)))
    await admin.ok("SETQUOTA alice@example.test (STORAGE 1)")
    assert (await admin.do("SETQUOTA alice@example.test (STORAGE 512)"))[-1].startswith(b"NO ")
    assert (await admin.ok("GETQUOTA alice@example.test"))[0] == b"* QUOTA alice@example.test (STORAGE 0 1 MAILBOX 2 50000)"
    alice = await server.signed_in()
    assert b"QUOTASET" not in (await alice.ok("CAPABILITY"))[0]
