"""The connection: commands in order, literals in their turn, and the stream in step whatever the client does."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.imap_values import append_messages, cat_parts, commands

from posthouse.protocols.imap.commands.append import AppendMessage, serialise_append_message
from posthouse.protocols.imap.commands.session.authentication import Login
from posthouse.protocols.imap.commands.session.general import Noop
from posthouse.protocols.imap.commands.table import Command, serialise
from posthouse.protocols.imap.connection import Connection
from posthouse.protocols.imap.events import (
    AppendBegun,
    AppendEnded,
    CommandReceived,
    Event,
    LineReceived,
    MessageAnnounced,
    MessageEnded,
    MessageOctets,
    Refused,
    Reply,
    TextAnnounced,
    UrlGiven,
)
from posthouse.protocols.imap.grammar.cat_part import LiteralPart, UrlPart, serialise_cat_part
from posthouse.protocols.imap.limits import Limits
from posthouse.protocols.imap.state import State, is_allowed

SMALL = Limits(command=200, command_before_login=100, line=50, swallowed=1000, swallowed_before_login=300)
NOOP = [CommandReceived(b"z", Noop())]


class Driver:
    """Takes every event, lets messages come or refuses them, and joins the octets of a message."""

    def __init__(self, limits: Limits = SMALL, state: State = State.AUTHENTICATED, refusal: bytes = b"") -> None:
        self.connection = Connection(limits)
        self.connection.state = state
        self.refusal = refusal
        self.events: list[Event | bytes] = []

    def receive(self, octets: bytes) -> None:
        self.connection.receive_data(octets)
        while (event := self.connection.next_event()) is not None:
            self._take(event)

    def _take(self, event: Event) -> None:
        last = self.events[-1] if self.events else None
        if isinstance(event, MessageOctets) and isinstance(last, MessageOctets):
            self.events[-1] = MessageOctets(last.octets + event.octets)
            return
        self.events.append(event)
        if isinstance(event, MessageAnnounced | TextAnnounced):
            if self.refusal:
                self.connection.refuse(self.refusal)
            elif octets := self.connection.accept_message():
                self.events.append(octets)


def run(
    octets: bytes, cut: int = 0, limits: Limits = SMALL, state: State = State.AUTHENTICATED, refusal: bytes = b""
) -> list[object]:
    driver = Driver(limits, state, refusal)
    size = cut or max(1, len(octets))
    for start in range(0, len(octets), size):
        driver.receive(octets[start : start + size])
    return list(driver.events)


def kinds(events: Iterable[object]) -> list[str]:
    return [type(event).__name__ for event in events]


@settings(max_examples=150)
@given(st.lists(st.tuples(commands, st.booleans()), min_size=1, max_size=4))
def test_pipelined_commands_come_back_however_they_are_cut(items: list[tuple[Command, bool]]) -> None:
    octets = b"".join(b"t%d %b\r\n" % (number, serialise(command, utf8=False)) for number, (command, _) in enumerate(items))
    expected = run(octets, limits=Limits(), state=State.SELECTED)
    for cut in (1, 7):
        assert run(octets, cut, limits=Limits(), state=State.SELECTED) == expected
    received = [event.command for event in expected if isinstance(event, CommandReceived)]
    refused = [event for event in expected if isinstance(event, Refused)]
    assert len(received) + len(refused) == len(items)
    assert all(command in [item for item, _ in items] for command in received)


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_random_octets_do_not_raise_and_do_not_depend_on_the_cut(pieces: list[bytes]) -> None:
    octets = b"\r\n".join(pieces) + b"\r\n"
    assert run(octets) == run(octets, 1)


FRAGMENTS = [
    b"a LOGIN ",
    b"a APPEND INBOX ",
    b"CATENATE (",
    b"TEXT ",
    b"URL u",
    b")",
    b"{3}",
    b"{3+}",
    b"{900+}",
    b"{9999+}",
    b"\r\n",
    b"xyz",
    b"(\\Seen)",
    b'"',
    b"~",
    b" ",
    b"y" * 250,
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14), st.sampled_from(State), st.booleans())
def test_literals_and_lines_in_any_mixture(pieces: list[bytes], state: State, refuses: bool) -> None:
    octets = b"".join(pieces)
    refusal = b"a NO no\r\n" if refuses else b""
    expected = run(octets, state=state, refusal=refusal)
    assert run(octets, 1, state=state, refusal=refusal) == expected
    finals = [event for event in expected if isinstance(event, Refused) and event.is_final]
    assert finals in ([], expected[-1:])


def test_a_literal_is_asked_for_and_read() -> None:
    events = run(b"a LOGIN {5}\r\nalice {3}\r\nx\r\n\r\nz NOOP\r\n", state=State.NOT_AUTHENTICATED)
    assert events == [Reply(b"+ Ready\r\n"), Reply(b"+ Ready\r\n"), CommandReceived(b"a", Login(b"alice", b"x\r\n")), *NOOP]


def test_a_literal_that_is_too_big_is_refused_before_it_comes() -> None:
    assert run(b"a LOGIN {500}\r\nz NOOP\r\n") == [Refused(b"a NO [TOOBIG] Literal is too big\r\n"), *NOOP]


def test_a_literal_that_comes_unasked_is_swallowed() -> None:
    octets = b"a SEARCH TEXT {500+}\r\n" + b"\r\nb" * 200
    driver = Driver()
    driver.receive(octets[:-100])
    assert driver.events == []
    assert driver.connection.received_octets == 0
    octets = b"a SEARCH TEXT {500+}\r\n" + b"x" * 500 + b" TEXT {3+}\r\nabc TEXT {9}\r\nz NOOP\r\n"
    assert run(octets) == run(octets, 1) == [Refused(b"a NO [TOOBIG] Literal is too big\r\n"), *NOOP]


def test_an_absurd_literal_ends_the_connection() -> None:
    events = run(b"a SEARCH TEXT {1073741824+}\r\nz NOOP\r\n", limits=Limits())
    assert events == [Refused(b"* BYE [TOOBIG] Too much data that nobody asked for\r\n", is_final=True)]
    driver = Driver()
    driver.receive(b"a SEARCH TEXT {5000+}\r\n")
    driver.receive(b"z NOOP\r\n")
    assert driver.connection.received_octets == 0
    assert kinds(driver.events) == ["Refused"]


def test_a_line_that_is_too_long_is_swallowed() -> None:
    octets = b"a SEARCH " + b"x" * 500 + b"\r\nz NOOP\r\n"
    assert run(octets) == run(octets, 1) == [Refused(b"a BAD Command is too long\r\n"), *NOOP]
    octets = b"a SEARCH " + b"x" * 500 + b" {10+}\r\n0123456789\r\nz NOOP\r\n"
    assert run(octets) == run(octets, 1) == [Refused(b"a BAD Command is too long\r\n"), *NOOP]


def test_a_line_without_end_ends_the_connection() -> None:
    assert kinds(run(b"x" * 5000, 10)) == ["Refused"]


def test_before_login_there_is_less_room() -> None:
    line = b"a LOGIN alice " + b"p" * 120 + b"\r\n"
    assert kinds(run(line, state=State.NOT_AUTHENTICATED)) == ["Refused"]
    assert run(b"a SELECT " + b"p" * 120 + b"\r\n")[0] != run(line, state=State.NOT_AUTHENTICATED)[0]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"", b"* BAD Tag is missing or has forbidden characters\r\n"),
        (b"a", b"* BAD Tag is missing or has forbidden characters\r\n"),
        (b"+ NOOP", b"* BAD Tag is missing or has forbidden characters\r\n"),
        (b"a XYZZY", b"a BAD Unknown command\r\n"),
        (b"a CLOSE", b"a BAD Command is not allowed with no mailbox selected\r\n"),
        (b"a LOGIN a b", b"a BAD Command is not allowed with no mailbox selected\r\n"),
        (b"GET / HTTP/1.1", b"GET BAD Unknown command\r\n"),
    ],
)
def test_refusals(line: bytes, reply: bytes) -> None:
    assert run(line + b"\r\nz NOOP\r\n") == [Refused(reply), *NOOP]


def test_an_unknown_charset_has_its_own_code() -> None:
    events = run(b"a SEARCH CHARSET X-NONE TEXT x\r\n", state=State.SELECTED)
    assert isinstance(events[0], Refused)
    assert events[0].reply.startswith(b"a NO [BADCHARSET (US-ASCII UTF-8")


def test_a_bare_line_feed_ends_a_line() -> None:
    assert run(b"z NOOP\n") == NOOP


@settings(max_examples=100)
@given(st.lists(st.tuples(append_messages, st.binary(max_size=0)), min_size=1, max_size=3), st.integers(1, 9))
def test_append_streams_its_messages(items: list[tuple[AppendMessage, bytes]], cut: int) -> None:
    octets = b"a APPEND INBOX"
    for message, _ in items:
        octets += serialise_append_message(message) + b"m" * message.size_octets + (b")" if message.is_utf8 else b"")
    octets += b"\r\nz NOOP\r\n"
    events = run(octets, cut, limits=Limits())
    assert [event.message for event in events if isinstance(event, MessageAnnounced)] == [message for message, _ in items]
    assert sum(len(event.octets) for event in events if isinstance(event, MessageOctets)) == sum(m.size_octets for m, _ in items)
    assert sum(isinstance(event, MessageEnded) for event in events) == len(items)
    assert events[-2:] == [AppendEnded(b"a"), *NOOP]
    assert sum(event == b"+ Ready\r\n" for event in events) == sum(message.is_synchronising for message, _ in items)


def catenated(messages: list[list[UrlPart | LiteralPart]]) -> bytes:
    """An APPEND of these messages; what comes in literals is of ``m``."""
    texts = []
    for parts in messages:
        octets = [
            serialise_cat_part(part)
            + (b"m" * part.size_octets + (b")" if part.is_utf8 else b"") if isinstance(part, LiteralPart) else b"")
            for part in parts
        ]
        texts.append(b"CATENATE (" + b" ".join(octets) + b")")
    return b"a APPEND x " + b" ".join(texts) + b"\r\nz NOOP\r\n"


catenations = st.lists(st.lists(cat_parts, min_size=1, max_size=4), min_size=1, max_size=3)


@given(catenations, st.integers(1, 9))
def test_parts_come_one_by_one(messages: list[list[UrlPart | LiteralPart]], cut: int) -> None:
    events = run(catenated(messages), cut, limits=Limits())
    expected: list[tuple[str, object]] = []
    for parts in messages:
        expected.append(("message", None))
        for part in parts:
            if isinstance(part, UrlPart):
                expected.append(("url", part.url))
            elif part.is_url:
                expected.append(("url", b"m" * part.size_octets))
            else:
                expected.append(("text", part.size_octets))
        expected.append(("end", None))
    seen: list[tuple[str, object]] = []
    for event in events:
        if isinstance(event, MessageAnnounced):
            seen.append(("message", None))
        elif isinstance(event, UrlGiven):
            seen.append(("url", event.url))
        elif isinstance(event, TextAnnounced):
            seen.append(("text", event.size_octets))
        elif isinstance(event, MessageEnded):
            seen.append(("end", None))
    assert seen == expected
    literals = [part for parts in messages for part in parts if isinstance(part, LiteralPart)]
    assert sum(len(event.octets) for event in events if isinstance(event, MessageOctets)) == sum(
        part.size_octets for part in literals if not part.is_url
    )
    waited = sum(event in (b"+ Ready\r\n", Reply(b"+ Ready\r\n")) for event in events)
    assert waited == sum(part.is_synchronising for part in literals)
    assert events[-2:] == [AppendEnded(b"a"), *NOOP]


@given(catenations, st.integers(1, 9), st.integers(0, 12))
def test_a_refusal_at_any_part_leaves_the_stream_in_step(
    messages: list[list[UrlPart | LiteralPart]], cut: int, refused: int
) -> None:
    """The client sends the rest of what does not wait for leave, and stops where it would have to."""
    octets = catenated(
        [[replace(part, is_synchronising=False) if isinstance(part, LiteralPart) else part for part in parts] for parts in messages]
    )
    connection = Connection()
    connection.state = State.AUTHENTICATED
    seen, events = 0, []
    for start in range(0, len(octets), cut):
        connection.receive_data(octets[start : start + cut])
        while (event := connection.next_event()) is not None:
            events.append(event)
            if isinstance(event, MessageAnnounced | TextAnnounced | UrlGiven | MessageOctets | MessageEnded):
                seen += 1
                if seen == refused + 1:
                    connection.refuse(b"a NO no\r\n")
                    continue
            if isinstance(event, MessageAnnounced | TextAnnounced):
                connection.accept_message()
    assert events[-1:] == NOOP
    assert events[-2] == (Reply(b"a NO no\r\n") if seen > refused else AppendEnded(b"a"))


def test_append_with_the_mailbox_in_a_literal() -> None:
    events = run(b"a APPEND {5}\r\nINBOX {3}\r\nabc\r\nz NOOP\r\n")
    assert kinds(events) == [
        "Reply", "AppendBegun", "MessageAnnounced", "bytes", "MessageOctets", "MessageEnded", "AppendEnded", "CommandReceived",
    ]  # fmt: skip


def test_a_refused_message_is_swallowed_where_it_comes_anyway() -> None:
    refusal = b"a NO [TRYCREATE] No such mailbox\r\n"
    octets = b"a APPEND x {3+}\r\nabc (\\Seen) {4+}\r\ndefg\r\nz NOOP\r\n"
    begun = ["AppendBegun", "MessageAnnounced"]
    assert kinds(run(octets, refusal=refusal)) == [*begun, "Reply", "CommandReceived"]
    assert run(octets, refusal=refusal)[2] == Reply(refusal)
    assert kinds(run(b"a APPEND x {3}\r\nz NOOP\r\n", refusal=refusal)) == [*begun, "Reply", "CommandReceived"]


def test_a_message_can_be_refused_halfway() -> None:
    driver = Driver()
    driver.receive(b"a APPEND x {10+}\r\nabc")
    driver.connection.refuse(b"a NO disk full\r\n")
    driver.receive(b"defghij")
    assert not [event for event in driver.events if isinstance(event, Reply)]
    driver.receive(b"\r\nz NOOP\r\n")
    assert driver.events[-2:] == [Reply(b"a NO disk full\r\n"), *NOOP]


def test_nothing_happens_before_the_driver_decides() -> None:
    connection = Connection()
    connection.state = State.AUTHENTICATED
    connection.receive_data(b"a APPEND x {3+}\r\nabc\r\n")
    assert isinstance(connection.next_event(), AppendBegun)
    assert isinstance(connection.next_event(), MessageAnnounced)
    assert connection.next_event() is None
    assert connection.accept_message() == b""
    assert connection.next_event() == MessageOctets(b"abc")


def test_decisions_out_of_turn_are_errors_of_ours() -> None:
    with pytest.raises(RuntimeError):
        Connection().accept_message()
    with pytest.raises(RuntimeError):
        Connection().refuse(b"")


@pytest.mark.parametrize(
    ("octets", "reply"),
    [
        (b"a APPEND x (\\Seen {3+}\r\nabc\r\n", b"a BAD A flag is missing or has forbidden characters\r\n"),
        (b"a APPEND x {3+}\r\nabc nonsense {2+}\r\nxy\r\n", b"a BAD The message literal is missing\r\n"),
        (b"a APPEND x {3+}\r\nabc nonsense\r\n", b"a BAD The message literal is missing\r\n"),
        (b"a APPEND x CATENATE ()\r\n", b"a BAD TEXT or URL is missing\r\n"),
        (b"a APPEND x CATENATE (TEXT {3+}\r\nabc\r\n", b"a BAD Missing argument\r\n"),
        (b"a APPEND x CATENATE (TEXT {3+}\r\nabc PART {3+}\r\nabc)\r\n", b"a BAD A part is neither TEXT nor URL\r\n"),
        (b"a APPEND x CATENATE (URL {300+}\r\n" + b"u" * 300 + b")\r\n", b"a NO [TOOBIG] Literal is too big\r\n"),
        (b"a APPEND x CATENATE (TEXT {3+}\r\nabc" + b" " * 300 + b"\r\n", b"a BAD Command is too long\r\n"),
        (b"a APPEND x CATENATE (URL u) CATENATE\r\n", b"a BAD The message literal is missing\r\n"),
        (b"a APPEND x UTF8 (~{3+}\r\nabc\r\n", b"a BAD A closing parenthesis is missing\r\n"),
        (b"a APPEND x UTF8 ({3+}\r\nabc)\r\n", b"a BAD The message literal is missing\r\n"),
        (b"a APPEND x {3+}\r\nabc" + b" " * 300 + b"\r\n", b"a BAD Command is too long\r\n"),
    ],
)
def test_bad_appends_leave_the_stream_in_step(octets: bytes, reply: bytes) -> None:
    for cut in (0, 1):
        events = run(octets + b"z NOOP\r\n", cut)
        assert events[-2:] == [Refused(reply), *NOOP]


def test_append_is_refused_before_login() -> None:
    events = run(b"a APPEND x {3+}\r\nabc\r\nz NOOP\r\n", state=State.NOT_AUTHENTICATED)
    assert events == [Refused(b"a BAD Command is not allowed before login\r\n"), *NOOP]


def test_awaited_lines() -> None:
    connection = Connection(SMALL)
    connection.await_line()
    assert connection.next_event() is None
    connection.receive_data(b"AGEA {3}\r\nz NOOP\r\n")
    assert connection.next_event() == LineReceived(b"AGEA {3}")
    assert connection.next_event() == NOOP[0]
    connection.await_line()
    connection.receive_data(b"x" * 51)
    event = connection.next_event()
    assert isinstance(event, Refused)
    assert event.is_final
    assert connection.next_event() is None


def test_starttls_forgets_what_was_received() -> None:
    connection = Connection()
    connection.receive_data(b"a STARTTLS\r\nb NOOP\r\nc NO")
    assert isinstance(connection.next_event(), CommandReceived)
    connection.discard_received()
    assert connection.next_event() is None
    connection.receive_data(b"z NOOP\r\n")
    assert connection.next_event() == NOOP[0]


def test_secrets_are_not_shown() -> None:
    events = run(b"a LOGIN alice sesame\r\n", state=State.NOT_AUTHENTICATED)
    assert "sesame" not in repr(events)
    assert "sesame" not in repr(LineReceived(b"sesame"))


def test_states() -> None:
    assert is_allowed(b"LOGIN", State.NOT_AUTHENTICATED)
    assert not is_allowed(b"SELECT", State.NOT_AUTHENTICATED)
    assert not any(is_allowed(name, State.LOGOUT) for name in (b"NOOP", b"LOGIN", b"FETCH"))
