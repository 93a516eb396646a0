"""Every command survives being written and read; anything else is refused in one way."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.imap_values import commands

from posthouse.protocols.imap.commands import copy, fetch, mailboxes, select, status, store, uid_batches
from posthouse.protocols.imap.commands import list as listing
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.commands.notify import command as notify
from posthouse.protocols.imap.commands.replace import Replace
from posthouse.protocols.imap.commands.search import command as search
from posthouse.protocols.imap.commands.search import esearch, sort, thread
from posthouse.protocols.imap.commands.search.keys import All
from posthouse.protocols.imap.commands.session import authentication, compress, language
from posthouse.protocols.imap.commands.session import general as session
from posthouse.protocols.imap.commands.sharing import acl, metadata, quota
from posthouse.protocols.imap.commands.table import COMMANDS, Command, name_of, parse, serialise, tag_of
from posthouse.protocols.imap.commands.urls import urlauth
from posthouse.protocols.imap.errors import ImapViolation, SyntaxViolation
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet
from posthouse.protocols.imap.state import TABLE

ONE = SequenceSet(((1, 1),))
EXAMPLES: list[Command] = [
    session.Capability(),
    session.Noop(),
    session.Logout(),
    session.Idle(),
    session.Namespace(),
    session.Id(),
    session.Enable(("IMAP4REV2",)),
    authentication.StartTls(),
    authentication.Authenticate("PLAIN"),
    authentication.Login(b"alice", b"x"),
    *[kind("a") for kind in (mailboxes.Create, mailboxes.Delete, mailboxes.Subscribe, mailboxes.Unsubscribe)],
    mailboxes.Rename("a", "b"),
    select.Select("a"),
    select.Examine("a"),
    select.Check(),
    select.Close(),
    select.Unselect(),
    compress.Compress("DEFLATE"),
    select.Expunge(),
    select.Expunge(ONE),
    listing.List("", ("*",)),
    listing.Lsub("", "*"),
    status.Status("a", (status.StatusItem.SIZE,)),
    *[search.Search((All(),), uid=uid) for uid in (False, True)],
    *[sort.Sort((sort.SortCriterion(sort.SortKey.DATE),), (All(),), uid=uid) for uid in (False, True)],
    *[thread.Thread(thread.ThreadAlgorithm.REFERENCES, (All(),), uid=uid) for uid in (False, True)],
    esearch.MultiSearch((All(),)),
    search.CancelUpdate((b"a1",)),
    *[fetch.Fetch(ONE, (fetch.FetchItem.UID,), uid=uid) for uid in (False, True)],
    *[store.Store(ONE, store.StoreOperation.ADD, ("x",), uid=uid) for uid in (False, True)],
    *[kind(ONE, "a", uid=uid) for uid in (False, True) for kind in (copy.Copy, copy.Move)],
    session.Unauthenticate(),
    notify.Notify(),
    language.Language(("de",)),
    uid_batches.UidBatches(500),
    *[kind("a") for kind in (acl.GetAcl, acl.MyRights, quota.GetQuota, quota.GetQuotaRoot)],
    *[kind("a", "bob") for kind in (acl.DeleteAcl, acl.ListRights)],
    acl.SetAcl("a", "bob", "lr"),
    quota.SetQuota("a", (("STORAGE", 5),)),
    metadata.GetMetadata("a", ("/shared/comment",)),
    metadata.SetMetadata("a", (("/shared/comment", b"x"),)),
    urlauth.ResetKey("a"),
    urlauth.GenUrlAuth(((b"imap://a", "INTERNAL"),)),
    urlauth.UrlFetch((urlauth.UrlRequest(b"imap://a"),)),
]
IN_TURNS = {b"APPEND", b"REPLACE", b"UID REPLACE"}
"""Commands with a message are read by the connection."""


@settings(max_examples=400)
@given(commands, st.booleans())
def test_what_is_written_can_be_read(command: Command, utf8: bool) -> None:
    name, read = parse(serialise(command, utf8=utf8), 0, utf8=utf8)
    assert read == command
    assert name == name_of(command)


@settings(max_examples=200)
@given(commands, st.booleans(), st.data())
def test_a_damaged_command_is_a_command_or_a_violation(command: Command, utf8: bool, data: st.DataObject) -> None:
    octets = serialise(command, utf8=utf8)
    at = data.draw(st.integers(0, len(octets)))
    damaged = octets[:at] + data.draw(st.binary(max_size=3)) + octets[at + data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(ImapViolation):
        parse(damaged, 0, utf8=utf8)


@given(st.binary(max_size=60))
def test_random_octets_are_a_command_or_a_violation(octets: bytes) -> None:
    for name in (b"SEARCH ", b"FETCH 1 ", b"LIST ", b"STORE 1 ", b"UID ", b"ID ", b""):
        with contextlib.suppress(ImapViolation):
            parse(name + octets, 0, utf8=False)


def test_the_state_table_knows_the_same_commands() -> None:
    assert set(COMMANDS) == set(TABLE)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - IN_TURNS))
def test_names_are_read_in_any_case_and_from_their_tag(name: bytes) -> None:
    command = next(value for value in EXAMPLES if name_of(value) == name)
    octets = serialise(command, utf8=False)
    assert parse(b"a1 " + name.title() + octets[len(name) :], 3, utf8=False) == (name, command)


def test_an_append_without_message_is_refused() -> None:
    for command in (Append("INBOX"), Replace(ONE, "INBOX"), Replace(ONE, "INBOX", uid=True)):
        with pytest.raises(SyntaxViolation, match="literal is missing"):
            parse(serialise(command, utf8=False), 0, utf8=False)


def test_trailing_spaces_are_tolerated() -> None:
    for octets in (
        b"NOOP ",
        b"SELECT INBOX  ",
        b"STATUS x (MESSAGES ) ",
        b"SEARCH ALL ",
        b'LIST "" * ',
        b"ENABLE IMAP4rev2 ",
        b"UIDBATCHES 500 ",
        b"RESETKEY ",
        b"RESETKEY a b ",
        b"GENURLAUTH a INTERNAL ",
        b"URLFETCH (a BODY) b  ",
    ):
        parse(octets, 0, utf8=False)


@pytest.mark.parametrize(
    "octets", [b"NOOP x", b"", b"UID", b"UID NOOP", b"UIDFETCH 1 FLAGS", b"FETCH 1 FLAGS extra", b"XYZZY", b"1"]
)
def test_what_is_not_a_command(octets: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        parse(octets, 0, utf8=False)


def test_tags() -> None:
    assert tag_of(b"a.1]-x NOOP") == b"a.1]-x"
    for octets in (b"+ NOOP", b"a(b NOOP", b" NOOP", b"NOOP", b"\xff NOOP", b"a+ NOOP"):
        assert tag_of(octets) is None
