"""Pages of messages become lines, also where columns are missing or messages gone."""

from tests.support.fake_mail import MAILBOX, FakeMail
from tests.support.imap_messages import NESTED, PLAIN

from posthouse.formats.mime.scanner import scan
from posthouse.model.mailbox import Flag
from posthouse.protocols.imap.commands.fetch import BodySection, FetchAttribute, FetchItem, fetch_att
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.section import Section
from posthouse.protocols.imap.projections.registry import BODY_STRUCTURE, ENVELOPE, PROJECTIONS
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.plan import Plan
from posthouse.servers.imap.fetching.stream import PIECE_OCTETS, Stream
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes


async def _render(mail: FakeMail, *attributes: FetchAttribute, without: str = "") -> list[bytes | Stream]:
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    selected = Selected(view, "box", is_read_only=True, modes=Modes())
    plan = Plan(attributes)
    rows = [(uid, *[None if name == without else mail._column(uid, name) for name in plan.columns]) for uid in view.uids]
    return await plan.render(Page(mail.as_mail(), selected, plan.columns, rows))


def _attribute(text: bytes) -> FetchAttribute:
    return fetch_att(Cursor(text))


async def test_lines_of_a_page() -> None:
    mail = FakeMail()
    mail.put(PLAIN, Flag.SEEN)
    mail.put(PLAIN, 0, "work")
    (text,) = await _render(mail, FetchItem.UID, FetchItem.FLAGS, FetchItem.RFC822_SIZE, FetchItem.INTERNALDATE)
    date = b'INTERNALDATE " 1-Jan-1970 00:00:00 +0000"'
    assert text == (
        b"* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE %d %b)\r\n* 2 FETCH (UID 2 FLAGS (work) RFC822.SIZE %d %b)\r\n"
        % (len(PLAIN), date, len(PLAIN), date)
    )


async def test_what_the_store_has_not_rendered_is_rendered_now() -> None:
    mail = FakeMail()
    mail.put(NESTED)
    part = scan(NESTED)
    for item, name in ((FetchItem.ENVELOPE, ENVELOPE), (FetchItem.BODYSTRUCTURE, BODY_STRUCTURE)):
        (text,) = await _render(mail, item, without=name)
        assert text == b"* 1 FETCH (%b %b)\r\n" % (item.value, PROJECTIONS[name](NESTED, part))
    (text,) = await _render(mail, _attribute(b"BODY[1]"), without="structure")
    assert isinstance(text, bytes)
    assert "grüße".encode() in text


async def test_large_sections_are_streamed() -> None:
    mail = FakeMail()
    large = b"Subject: x\r\n\r\n" + b"y" * PIECE_OCTETS
    mail.put(large)
    mail.put(PLAIN)
    pieces = await _render(mail, FetchItem.UID, BodySection(Section()), without="octets")
    assert pieces == [
        b"* 1 FETCH (",
        b"UID 1",
        b" BODY[] {%d}\r\n" % len(large),
        Stream(1, 0, len(large)),
        b")\r\n",
        b"* 2 FETCH (",
        b"UID 2",
        b" BODY[] {%d}\r\n%b" % (len(PLAIN), PLAIN),
        b")\r\n",
    ]
    (text,) = await _render(mail, _attribute(b"BODY[]<5.3>"), without="octets")
    assert text == b"* 1 FETCH (BODY[]<5> {3}\r\nct:)\r\n* 2 FETCH (BODY[]<5> {3}\r\n a@)\r\n"


async def test_names_with_percent_signs_are_no_templates() -> None:
    mail = FakeMail()
    mail.put(PLAIN)
    (text,) = await _render(mail, _attribute(b'BODY[HEADER.FIELDS ("%d" "%")]'))
    assert text == b'* 1 FETCH (BODY[HEADER.FIELDS ("%d" "%")] {2}\r\n\r\n)\r\n'


async def test_what_becomes_seen() -> None:
    for text, seen in (
        (b"BODY[]", True),
        (b"BODY.PEEK[]", False),
        (b"BINARY[1]", True),
        (b"RFC822", True),
        (b"RFC822.HEADER", False),
    ):
        assert Plan([_attribute(text)]).sets_seen is seen
