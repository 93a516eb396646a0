"""Authorised URLs over a running server: who may use them, until when, and what is told of what they name (RFC 4467, RFC 5524)."""

import re

import pytest
from msgspec.structs import replace
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer
from tests.support.waiting import eventually

from posthouse.foundation.errors import Unavailable
from posthouse.model.account import Status
from posthouse.model.mailbox import Mailbox
from posthouse.model.settings.programs import IMAP_SUBMISSION_SERVERS

OWN = "imap://alice@example.test/INBOX"
MIXED = (
    b"Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSi vis pacem, para bellum.\r\n\r\n"
    b"--b\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAGEA\r\n"
    b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-own\r\n\r\nx\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nin\r\n--b--\r\n"
)


async def authorised(client: Client, rump: str) -> bytes:
    """A URL with its token."""
    (line,) = await client.ok(f'GENURLAUTH "{rump}" INTERNAL')
    found = re.fullmatch(rb'\* GENURLAUTH "(.*)"', line)
    assert found is not None, line
    return found[1]


async def fetched(client: Client, url: bytes) -> bytes | None:
    """What a URL names; None where the answer is NIL."""
    (line,) = await client.ok(b'URLFETCH "%b"' % url)
    start = b'* URLFETCH "%b" ' % url
    assert line.startswith(start), line
    if line == start + b"NIL":
        return None
    size, _, octets = line.removeprefix(start).partition(b"\r\n")
    assert size == b"{%d}" % len(octets), line
    return octets


async def test_each_part_is_what_fetch_tells(server: ImapServer) -> None:
    client = await server.signed_in("alice", "INBOX")
    await client.append("INBOX", MIXED)
    bob = await server.signed_in("bob")
    for section in ("1", "2", "HEADER", "TEXT", "4.HEADER", "2.MIME", "HEADER.FIELDS%20(Subject)"):
        url = await authorised(client, f"{OWN}/;uid=1/;section={section};urlauth=anonymous")
        (line,) = await client.ok(f"FETCH 1 BODY.PEEK[{section.replace('%20', ' ')}]")
        assert await fetched(bob, url) == line.partition(b"}\r\n")[2].removesuffix(b")"), section
    whole = await authorised(client, f"{OWN}/;uid=1;urlauth=authuser")
    assert await fetched(bob, whole) == MIXED
    some = await authorised(client, f"{OWN}/;uid=1/;partial=9.12;urlauth=authuser")
    assert await fetched(bob, some) == MIXED[9:21]
    missing = await authorised(client, f"{OWN}/;uid=1/;section=7;urlauth=authuser")
    assert await fetched(bob, missing) is None
    gone = await authorised(client, f"{OWN}/;uid=7;urlauth=authuser")
    assert await fetched(bob, gone) is None


async def test_parts_decoded_and_described(server: ImapServer) -> None:
    client = await server.signed_in("alice", "INBOX")
    await client.append("INBOX", MIXED)
    (line,) = await client.ok("FETCH 1 BODYSTRUCTURE")
    whole = line.removeprefix(b"* 1 FETCH (BODYSTRUCTURE ").removesuffix(b")")
    first = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 28 1 NIL NIL NIL NIL)'
    inner = whole[whole.index(b'("message"') :].removesuffix(b' "mixed" ("boundary" "b") NIL NIL NIL)')
    for section, items, expected in (
        ("/;section=2", "BINARY", b"(BINARY ~{3}\r\n\x00a\x00)"),
        ("/;section=2/;partial=1.1", "BINARY", b"(BINARY {1}\r\na)"),
        ("/;section=2", "BODY", b"(BODY {4}\r\nAGEA)"),
        ("/;section=2", "", b"(BODY {4}\r\nAGEA)"),
        ("/;section=3", "BINARY", b"(BINARY NIL)"),
        ("/;section=2.MIME", "BINARY BODYPARTSTRUCTURE", b"(BODYPARTSTRUCTURE NIL) (BINARY NIL)"),
        ("/;section=1", "BODY BODYPARTSTRUCTURE", b"(BODYPARTSTRUCTURE %b) (BODY {28}\r\nSi vis pacem, para bellum.\r\n)" % first),
        ("/;section=4", "BODYPARTSTRUCTURE", b"(BODYPARTSTRUCTURE %b)" % inner),
        ("", "BODYPARTSTRUCTURE", b"(BODYPARTSTRUCTURE %b)" % whole),
        ("", "BINARY", b"(BINARY {%d}\r\n%b)" % (len(MIXED), MIXED)),
        ("/;section=9", "BODYPARTSTRUCTURE", b"NIL"),
    ):
        url = await authorised(client, f"{OWN}/;uid=1{section};urlauth=anonymous")
        (line,) = await client.ok(b'URLFETCH ("%b"%b)' % (url, b" " + items.encode() if items else b""))
        assert line == b'* URLFETCH "%b" %b' % (url, expected)


async def test_whom_a_url_names(server: ImapServer) -> None:
    alice, bob, admin = [await server.signed_in(name) for name in ("alice", "bob", "admin")]
    await alice.append("INBOX", PLAIN)
    for access, clients in (
        ("anonymous", (alice, bob, admin)),
        ("authuser", (alice, bob, admin)),
        ("user+bob", (bob,)),
        ("user+bob%40example.test", (bob,)),
        ("user+bob@example.test", (bob,)),
        ("user+nobody", ()),
        ("submit+bob", (admin,)),
    ):
        await server.mail.set(IMAP_SUBMISSION_SERVERS, ["Admin@example.test"])
        url = await authorised(alice, f"{OWN}/;uid=1;urlauth={access}")
        for client in (alice, bob, admin):
            assert await fetched(client, url) == (PLAIN if client in clients else None), access
        await server.mail.set(IMAP_SUBMISSION_SERVERS, [])
        if access.startswith("submit"):
            assert await fetched(admin, url) is None


async def test_not_a_character_may_change(server: ImapServer) -> None:
    alice = await server.signed_in()
    await alice.append("INBOX", PLAIN)
    url = await authorised(alice, f"{OWN}/;uid=1;expire=2999-01-01T00:00:00Z;urlauth=anonymous")
    assert await fetched(alice, url) == PLAIN
    assert await fetched(alice, url.replace(b":internal:", b":INTERNAL:")) == PLAIN  # not signed, and has no case
    for before, after in (
        (b"imap://alice@", b"imap://Alice@"),
        (b"INBOX", b"inbox"),
        (b"uid=1", b"UID=1"),
        (b"2999", b"3999"),
        (b"anonymous", b"authuser"),
        (b":01", b":02"),
        (url[-1:], b"0" if url[-1:] != b"0" else b"1"),
    ):
        head, found, tail = url.rpartition(before) if before == url[-1:] else url.partition(before)
        assert found
        assert await fetched(alice, head + after + tail) is None, after


async def test_it_expires(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await server.signed_in()
    await alice.append("INBOX", PLAIN)
    monkeypatch.setattr(server.mail.clock, "now", lambda: 1_893_452_399.0)
    url = await authorised(alice, f"{OWN}/;uid=1;expire=2030-01-01T00:00:00+01:00;urlauth=anonymous")
    assert await fetched(alice, url) == PLAIN
    monkeypatch.setattr(server.mail.clock, "now", lambda: 1_893_452_401.0)
    assert await fetched(alice, url) is None


async def test_keys_are_replaced_and_end_with_their_mailbox(server: ImapServer) -> None:
    alice = await server.signed_in()
    await alice.ok("CREATE box")
    for mailbox in ("INBOX", "box"):
        await alice.append(mailbox, PLAIN)
    box = OWN.replace("INBOX", "box")
    inbox_rump, box_rump = f"{OWN}/;uid=1;urlauth=anonymous", f"{box}/;uid=1;urlauth=anonymous"
    inbox_url, box_url = await authorised(alice, inbox_rump), await authorised(alice, box_rump)
    assert await authorised(alice, box_rump) == box_url
    await alice.ok("RESETKEY box")
    assert [await fetched(alice, url) for url in (inbox_url, box_url)] == [PLAIN, None]
    box_url = await authorised(alice, box_rump)
    await alice.ok("RESETKEY")
    assert [await fetched(alice, url) for url in (inbox_url, box_url)] == [None, None]
    box_url = await authorised(alice, box_rump)
    assert await fetched(alice, box_url) == PLAIN
    await alice.ok("DELETE box")
    assert await fetched(alice, box_url) is None
    await alice.ok("CREATE box")
    await alice.append("box", PLAIN)
    assert await fetched(alice, box_url) is None
    assert await fetched(alice, await authorised(alice, box_rump)) == PLAIN


async def test_what_others_share_goes_by_the_rights_of_whoever_signs(server: ImapServer) -> None:
    alice, bob, admin = [await server.signed_in(name) for name in ("alice", "bob", "admin")]
    await alice.append("INBOX", PLAIN)
    rump = "imap://bob@example.test/Other%20Users/alice%40example.test/INBOX/;uid=1;urlauth=anonymous"
    assert (await bob.do(f'GENURLAUTH "{rump}" INTERNAL'))[-1].startswith(b"BAD")
    await alice.ok("SETACL INBOX bob@example.test lr")
    bob = await server.signed_in("bob")  # rights are remembered for a moment
    url = await authorised(bob, rump)
    assert await fetched(admin, url) == PLAIN
    await alice.ok("RESETKEY")  # hers, not his
    assert await fetched(admin, url) == PLAIN
    await bob.ok("RESETKEY")
    assert await fetched(admin, url) is None
    url = await authorised(bob, rump)
    await alice.ok("SETACL INBOX bob@example.test l")
    await eventually(lambda: _is_none(admin, url))


async def _is_none(client: Client, url: bytes) -> bool:
    return await fetched(client, url) is None


async def test_an_owner_who_may_not_sign_in_lets_nobody_read(server: ImapServer) -> None:
    alice, bob = await server.signed_in("alice"), await server.signed_in("bob")
    await alice.append("INBOX", PLAIN)
    url = await authorised(alice, f"{OWN}/;uid=1;urlauth=anonymous")
    account = await server.mail.directory.account_at("alice@example.test")
    assert account is not None
    await server.mail.directory.replace_account(replace(account, status=Status.SUSPENDED))
    assert await fetched(bob, url) is None
    await server.mail.directory.replace_account(account)
    assert await fetched(bob, url) == PLAIN
    await server.mail.directory.set_domain_status(account.domain, Status.SUSPENDED)
    assert await fetched(bob, url) is None


async def test_a_store_that_is_away_is_no_wrong_url(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await server.signed_in()
    await alice.append("INBOX", PLAIN)
    url = await authorised(alice, f"{OWN}/;uid=1;urlauth=anonymous")

    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("the store is away")

    monkeypatch.setattr(server.mail.accounts, "fetch", fail)
    assert (await alice.do(b'URLFETCH "%b"' % url))[-1].startswith(b"NO [UNAVAILABLE]")


async def test_a_large_part_comes_in_pieces(server: ImapServer) -> None:
    alice = await server.signed_in()
    big = b"Subject: big\r\n\r\n" + bytes(range(1, 256)) * 4_000
    await alice.append("INBOX", big)
    url = await authorised(alice, f"{OWN}/;uid=1;urlauth=anonymous")
    free = server.house.budget.free
    assert await fetched(alice, url) == big
    (line,) = await alice.ok(b'URLFETCH ("%b" BODY)' % url)
    assert line.endswith(b"(BODY {%d}\r\n%b)" % (len(big), big))
    assert (await alice.do(b'URLFETCH ("%b" BINARY)' % url))[-1].startswith(b"NO [UNAVAILABLE]")  # more than the budget has
    assert server.house.budget.free == free


async def test_a_key_is_worth_nothing_under_another_uid_validity(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await server.signed_in()
    await alice.append("INBOX", PLAIN)
    url = await authorised(alice, f"{OWN}/;uid=1;urlauth=anonymous")
    mailboxes = server.mail.accounts.mailboxes

    async def renumbered(*args: object, **kwargs: object) -> list[Mailbox]:
        return [replace(mailbox, uid_validity=mailbox.uid_validity + 1) for mailbox in await mailboxes(*args, **kwargs)]  # type: ignore[arg-type]

    monkeypatch.setattr(server.mail.accounts, "mailboxes", renumbered)
    assert await fetched(alice, url) is None
