"""An owner and somebody they share with, each with a client of their own (RFC 4314, RFC 2342)."""

import asyncio
import re

import pytest
from msgspec.structs import replace
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer

from posthouse.model.account import OwnerKind
from posthouse.model.principal import SYSTEM
from posthouse.model.settings.people import SHARING_ANYONE
from posthouse.model.sharing.rights import ANYONE, Right
from posthouse.model.traffic.group import Group
from posthouse.services.mail import Mail
from posthouse.services.sharing.mail import RIGHTS_SECONDS

INBOX = '"Other Users/alice@example.test/INBOX"'


async def shared(server: ImapServer, rights: str, messages: int = 1) -> tuple[Client, Client]:
    """Alice, who shares INBOX with Bob, and Bob."""
    alice, bob = await server.signed_in("alice", "INBOX"), await server.signed_in("bob")
    for _ in range(messages):
        await alice.append("INBOX", PLAIN)
    await alice.ok(f"SETACL INBOX bob@example.test {rights}")
    return alice, bob


async def refused(client: Client, command: str, code: str = "NOPERM") -> None:
    assert (await client.do(command))[-1].startswith(f"NO [{code}]".encode()), command


async def test_what_is_not_shared_does_not_exist(server: ImapServer) -> None:
    bob = await server.signed_in("bob")
    for command in ("SELECT {}", "STATUS {} (MESSAGES)", "MYRIGHTS {}", "GETACL {}", "DELETE {}", "GETMETADATA {} /shared/comment"):
        await refused(bob, command.format(INBOX), "NONEXISTENT")
        await refused(bob, command.format('"Other Users/nobody@example.test/INBOX"'), "NONEXISTENT")
    await refused(bob, f"APPEND {INBOX} {{{len(PLAIN)}+}}\r\n{PLAIN.decode('latin-1')}", "TRYCREATE")
    assert not [line for line in await bob.ok('LIST "" *') if b"Other" in line]
    assert await bob.ok(r'LIST "" "Other Users/%"') == []


async def test_names_are_listed_level_by_level(server: ImapServer) -> None:
    alice, bob = await shared(server, "lr")
    await alice.ok("CREATE INBOX/below")  # takes the grants of INBOX
    await alice.ok("CREATE private")
    assert [line for line in await bob.ok('LIST "" %') if b"Other" in line] == [
        rb'* LIST (\Noselect \HasChildren) "/" "Other Users"'
    ]
    assert await bob.ok('LIST "" "Other Users/%"') == [rb'* LIST (\Noselect \HasChildren) "/" "Other Users/alice@example.test"']
    listed = [rb'* LIST (\HasChildren) "/" "Other Users/alice@example.test/INBOX"']
    assert await bob.ok('LIST "" "Other Users/alice@example.test/%"') == listed
    assert await bob.ok('LIST "Other Users/" "*/INBOX/*"') == [
        rb'* LIST (\HasNoChildren) "/" "Other Users/alice@example.test/INBOX/below"'
    ]
    assert len([line for line in await bob.ok('LIST "" *') if b"alice@" in line]) == 3
    assert not [line for line in await alice.ok('LIST "" *') if b"Other" in line]


async def test_subscriptions_are_the_viewers_own(server: ImapServer) -> None:
    alice, bob = await shared(server, "lr")
    await bob.ok(f"SUBSCRIBE {INBOX}")
    assert b'* LSUB () "/" "Other Users/alice@example.test/INBOX"' in await bob.ok('LSUB "" *')
    answer = await bob.ok('LIST (SUBSCRIBED) "" "Other*" RETURN (STATUS (MESSAGES))')
    assert answer[0] == rb'* LIST (\HasNoChildren \Subscribed) "/" "Other Users/alice@example.test/INBOX"'
    assert answer[1] == b'* STATUS "Other Users/alice@example.test/INBOX" (MESSAGES 1)'
    await alice.ok("DELETEACL INBOX bob@example.test")
    await asyncio.sleep(0.6)
    answer = await bob.ok('LIST (SUBSCRIBED) "" "Other*"')
    assert answer == [rb'* LIST (\NonExistent \HasNoChildren \Subscribed) "/" "Other Users/alice@example.test/INBOX"']


async def test_each_has_seen_what_they_have_seen(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrs")
    await bob.ok(f"SELECT {INBOX}")
    assert b"\\Seen" in (await bob.ok("FETCH 1 BODY[]"))[-1]
    assert b"\\Seen" not in (await alice.ok("FETCH 1 FLAGS"))[0]
    assert await bob.ok("SEARCH UNSEEN") == [b"* SEARCH"]
    assert await alice.ok("SEARCH UNSEEN") == [b"* SEARCH 1"]
    assert await bob.ok(f"STATUS {INBOX} (UNSEEN)") == [b'* STATUS "Other Users/alice@example.test/INBOX" (UNSEEN 0)']


async def test_reading_alone_changes_nothing(server: ImapServer) -> None:
    _, bob = await shared(server, "lr")
    answer = await bob.do(f"SELECT {INBOX}")
    assert answer[-1].startswith(b"OK [READ-ONLY]")
    assert b"* OK [PERMANENTFLAGS ()] Flags permitted" in answer
    await bob.ok("FETCH 1 BODY[]")
    assert (await bob.ok("FETCH 1 FLAGS"))[0] == b"* 1 FETCH (FLAGS ())"
    assert (await bob.ok("SEARCH TEXT hello")) is not None
    await refused(bob, "STORE 1 +FLAGS (\\Seen)", "READ-ONLY")
    await refused(bob, f'CREATE {INBOX[:-1]}/x"')
    await refused(bob, f"DELETE {INBOX}")
    await refused(bob, f'RENAME {INBOX} {INBOX[:-1]}/x"')
    await refused(bob, f"GETACL {INBOX}")
    await refused(bob, f"SETACL {INBOX} bob@example.test lrswipkxtea")
    await refused(bob, f'SETMETADATA {INBOX} (/shared/comment "x")')
    await bob.ok(f'SETMETADATA {INBOX} (/private/comment "x")')


@pytest.mark.parametrize(
    ("rights", "flags", "stored", "permanent"),
    [
        ("lrs", "\\Seen \\Flagged \\Deleted work", b"\\Seen", b"\\Seen"),
        ("lrw", "\\Seen \\Flagged \\Deleted work", b"\\Flagged work", b"\\Answered \\Flagged \\Draft \\*"),
        ("lrt", "\\Seen \\Flagged \\Deleted work", b"\\Deleted", b"\\Deleted"),
    ],
)
async def test_flags_need_their_right_and_others_are_passed_over(
    server: ImapServer, rights: str, flags: str, stored: bytes, permanent: bytes
) -> None:
    _, bob = await shared(server, rights)
    assert b"* OK [PERMANENTFLAGS (%b)] Flags permitted" % permanent in await bob.ok(f"SELECT {INBOX}")
    assert (await bob.ok(f"STORE 1 +FLAGS ({flags})"))[-1] == b"* 1 FETCH (UID 1 FLAGS (%b))" % stored
    assert (await bob.ok(f"STORE 1 FLAGS ({flags})"))[-1] == b"* 1 FETCH (UID 1 FLAGS (%b))" % stored
    await refused(bob, "EXPUNGE")
    other = "\\Flagged" if rights != "lrw" else "\\Seen"
    await refused(bob, f"STORE 1 +FLAGS ({other})")


async def test_replacing_flags_leaves_those_one_may_not_change(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrs")
    await alice.ok("STORE 1 FLAGS (\\Flagged work)")
    await bob.ok(f"SELECT {INBOX}")
    assert (await bob.ok("STORE 1 FLAGS (\\Seen)"))[-1] == b"* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen work))"


async def test_append_needs_insert_and_keeps_the_flags_one_may_set(server: ImapServer) -> None:
    alice, bob = await shared(server, "lri", 0)
    assert (await bob.append(INBOX, PLAIN, "\\Seen \\Flagged work"))[-1].startswith(b"OK [APPENDUID ")
    await bob.ok(f"SELECT {INBOX}")
    assert await bob.ok("FETCH 1 FLAGS") == [b"* 1 FETCH (FLAGS ())"]
    await alice.ok("SETACL INBOX bob@example.test lrs")
    await asyncio.sleep(0.6)
    await bob.send(f"x APPEND {INBOX} {{{len(PLAIN)}}}")
    assert (await bob.response()).startswith(b"x NO [NOPERM]")


async def test_expunge_and_close_need_expunge(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrt", 2)
    await bob.ok(f"SELECT {INBOX}")
    await bob.ok("STORE 1 +FLAGS (\\Deleted)")
    await bob.ok("CLOSE")
    assert b"* STATUS INBOX (MESSAGES 2)" in await alice.ok("STATUS INBOX (MESSAGES)")
    await alice.ok("SETACL INBOX bob@example.test +e")
    await asyncio.sleep(0.6)
    await bob.ok(f"SELECT {INBOX}")
    assert await bob.ok("EXPUNGE") == [b"* 1 EXPUNGE"]


async def test_copy_and_move_between_accounts(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrte", 3)
    large = b"Subject: large\r\n\r\n" + b"x" * 300_000 + b"\r\n"
    await alice.append("INBOX", large, "\\Flagged")
    await bob.ok("CREATE box")
    await bob.ok(f"SELECT {INBOX}")
    *_, tagged = await bob.do("UID COPY 1,4,99 box")
    assert re.match(rb"OK \[COPYUID \d+ 1,4 1:2\]", tagged)
    untagged = await bob.ok("MOVE 2 box")
    assert re.match(rb"\* OK \[COPYUID \d+ 2 3\]", untagged[0])
    assert untagged[1] == b"* 2 EXPUNGE"
    assert await alice.ok("NOOP") is not None
    assert await alice.ok("STATUS INBOX (MESSAGES)") == [b"* STATUS INBOX (MESSAGES 3)"]
    await bob.ok("SELECT box")
    assert (await bob.ok("FETCH 2 (RFC822.SIZE FLAGS)"))[0] == b"* 2 FETCH (RFC822.SIZE %d FLAGS (\\Flagged \\Recent))" % len(large)
    assert large in (await bob.ok("FETCH 2 BODY.PEEK[]"))[0]
    await refused(bob, f"COPY 1 {INBOX}")
    await refused(bob, f"MOVE 1 {INBOX}")
    assert (await bob.ok("NOOP")) == []
    await alice.ok("SETACL INBOX bob@example.test +i")
    await asyncio.sleep(0.6)
    await bob.ok(f"MOVE 1 {INBOX}")
    assert await bob.ok("STATUS box (MESSAGES)") == [b"* STATUS box (MESSAGES 2)"]


async def test_news_are_told_to_a_viewer_at_once(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrs", 0)
    await bob.ok(f"SELECT {INBOX}")
    await bob.send("i IDLE")
    assert (await bob.response()).startswith(b"+ ")
    await alice.append("INBOX", PLAIN)
    assert await bob.response() == b"* 1 EXISTS\r\n"


async def test_a_revoked_right_is_told_at_once_and_may_come_back(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrs", 2)
    await bob.ok(f"SELECT {INBOX}")
    await bob.send("i IDLE")
    assert (await bob.response()).startswith(b"+ ")
    await alice.ok("DELETEACL INBOX bob@example.test")
    told = [await bob.response(1) for _ in range(3)]
    assert told[:2] == [b"* 2 EXPUNGE\r\n", b"* 1 EXPUNGE\r\n"]
    assert told[2].startswith(b"* NO [NOPERM] ")
    await bob.send("DONE")
    await bob.response()
    await refused(bob, f"SELECT {INBOX}", "NONEXISTENT")
    await alice.ok("SETACL INBOX bob@example.test lr")
    await asyncio.sleep(0.6)
    assert b"* 2 EXISTS" in await bob.ok(f"SELECT {INBOX}")


async def test_imap4rev2_hears_that_the_mailbox_is_closed(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrs", 1)
    await bob.ok("ENABLE IMAP4rev2")
    await bob.ok(f"SELECT {INBOX}")
    await alice.ok("DELETEACL INBOX bob@example.test")
    told = await bob.ok("NOOP")
    assert told[0] == b"* 1 EXPUNGE"
    assert told[1].startswith(b"* OK [CLOSED] ")
    assert (await bob.do("FETCH 1 FLAGS"))[-1].startswith(b"BAD")


async def test_negative_identifiers_and_anyone(server: ImapServer) -> None:
    alice = await server.signed_in()
    await refused(alice, f"SETACL INBOX {ANYONE} lr")
    await server.mail.set(SHARING_ANYONE, True)
    await alice.ok(f"SETACL INBOX {ANYONE} lrs")
    await alice.ok("SETACL INBOX -bob@example.test s")
    bob, admin = await server.signed_in("bob"), await server.signed_in("admin")
    assert await bob.ok(f"MYRIGHTS {INBOX}") == [b'* MYRIGHTS "Other Users/alice@example.test/INBOX" lr']
    assert await admin.ok(f"MYRIGHTS {INBOX}") == [b'* MYRIGHTS "Other Users/alice@example.test/INBOX" lrs']
    assert len([line for line in await bob.ok('LIST "" Other*') if b"INBOX" in line]) == 1


async def test_a_group_stands_for_its_members_as_they_are(server: ImapServer) -> None:
    mail = server.mail
    team = await mail.add("team")
    await mail.directory.replace_account(replace(team, kind=OwnerKind.GROUP))
    await mail.directory.put_group(Group(team.id, members=("bob@example.test",)))
    alice, bob = await server.signed_in("alice", "INBOX"), await server.signed_in("bob")
    await alice.append("INBOX", PLAIN)
    await alice.ok("SETACL INBOX team@example.test lrw")
    await alice.ok("SETACL INBOX -bob@example.test w")
    assert b"team@example.test lrw" in (await alice.ok("GETACL INBOX"))[0]
    assert (await bob.ok(f"MYRIGHTS {INBOX}"))[0].endswith(b" lr")
    assert len([line for line in await bob.ok('LIST "" *') if b"alice@" in line]) == 2
    await bob.ok(f"SELECT {INBOX}")
    await mail.directory.put_group(Group(team.id, members=("carol@example.test",)))
    await asyncio.sleep(RIGHTS_SECONDS)
    assert not [line for line in await bob.ok('LIST "" *') if b"alice@" in line]
    await refused(bob, f"STATUS {INBOX} (MESSAGES)", "NONEXISTENT")


async def test_an_alias_is_its_account(server: ImapServer) -> None:
    await server.mail.alias("robert", "bob@example.test")
    alice = await server.signed_in()
    await alice.ok("SETACL INBOX robert lr")
    assert await alice.ok("GETACL INBOX") == [b"* ACL INBOX alice@example.test lrswipkxteacd bob@example.test lr"]
    await refused(alice, "SETACL INBOX nobody lr", "NONEXISTENT")
    assert (await alice.do("SETACL INBOX robert z"))[-1].startswith(b"BAD")


async def test_creating_deleting_and_renaming_with_the_rights_to(server: ImapServer) -> None:
    alice, bob = await shared(server, "lrkx", 0)
    base = INBOX[:-1]
    await bob.ok(f'CREATE {base}/one"')
    assert await bob.ok(f'MYRIGHTS {base}/one"') == [b'* MYRIGHTS "Other Users/alice@example.test/INBOX/one" lrkxc']
    await bob.ok(f'RENAME {base}/one" {base}/two"')
    await refused(bob, f'RENAME {base}/two" mine', "CANNOT")
    await bob.ok(f'DELETE {base}/two"')
    await bob.ok('CREATE "Other Users/alice@example.test/top/below"')
    listed = await alice.ok('LIST "" top*')
    assert [line.rpartition(b" ")[2] for line in listed] == [b"top", b"top/below"]
    assert b"lrkxc" in (await bob.ok('MYRIGHTS "Other Users/alice@example.test/top"'))[0]


async def test_accounts_of_nobody_alone_are_in_the_shared_namespace(server: ImapServer) -> None:
    team = await server.mail.add("team")
    await server.mail.directory.replace_account(replace(team, kind=OwnerKind.SHARED))
    inbox = (await server.mail.accounts.mailboxes(team.id))[0]
    bob = await server.signed_in("bob")
    identifier = await server.house.people.identifier("bob@example.test")
    mail = Mail(SYSTEM, team.id, server.mail.accounts)
    await server.house.granting.grant(mail, inbox.id, identifier, Right.LOOKUP | Right.READ | Right.ADMINISTER)
    listed = await bob.ok('LIST "" "Shared/*"')
    assert listed[-1] == rb'* LIST (\HasNoChildren) "/" Shared/team@example.test/INBOX'
    await bob.ok("SELECT Shared/team@example.test/INBOX")
    assert await bob.ok("GETACL Shared/team@example.test/INBOX") == [b"* ACL Shared/team@example.test/INBOX bob@example.test lra"]
    await bob.ok("CREATE Shared/2024")  # of one's own: no address in it
    assert rb'* LIST (\HasNoChildren) "/" Shared/2024' in await bob.ok('LIST "" Shared/%')


async def test_esearch_looks_into_what_others_share(server: ImapServer) -> None:
    _, bob = await shared(server, "lr", 2)
    found = await bob.ok(f'ESEARCH IN (mailboxes {INBOX} subtree "Other Users") RETURN (COUNT) ALL')
    assert len(found) == 1
    assert found[0].endswith(b"UID COUNT 2")
