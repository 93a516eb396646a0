"""Content on its way in: the same events however it is cut, in step whatever is refused."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.lines.inbound import Inbound
from posthouse.protocols.smtp.events import NEED_DATA, Content, ContentEnded, Violation
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.framing.transfer import Transfer
from posthouse.protocols.smtp.replies import CONTENT_BARE_NEWLINE, MAIL_FIRST, MESSAGE_TOO_BIG, OK


def read(transfer: Transfer, octets: bytes, size: int) -> tuple[bytes, object, bytes]:
    """Content, what ended it, and what is left."""
    inbound, content = Inbound(), b""
    for at in range(0, len(octets) + 1, size):
        inbound.append(octets[at : at + size])
        while transfer.under_way and (event := transfer.next_event(inbound)) is not NEED_DATA:
            if isinstance(event, Content):
                content += event.octets
            else:
                return content, event, inbound.take() + octets[at + size :]
    return content, None, inbound.take()


@given(st.integers(1, 9), st.integers(10, 30))
def test_data(size: int, limit: int) -> None:
    transfer = Transfer()
    transfer.begin_data(limit, BareNewlines.REJECT)
    content, ending, rest = read(transfer, b"0123456789\r\nabcdef\r\n.\r\nQUIT\r\n", size)
    fits = limit >= 20
    assert rest == b"QUIT\r\n"
    assert ending == ContentEnded(None if fits else MESSAGE_TOO_BIG)
    assert not fits or content == b"0123456789\r\nabcdef\r\n"
    assert not transfer.under_way


@given(st.integers(1, 9))
def test_chunks_are_one_message(size: int) -> None:
    transfer = Transfer()
    for last, octets in ((False, b"ab\r"), (True, b"\nc\r\n")):
        transfer.begin_chunk(len(octets), last=last, message_octets=100, bare_newlines=BareNewlines.REJECT)
        content, ending, rest = read(transfer, octets + b"NOOP", size)
        assert (content, ending, rest) == (octets, ContentEnded(None, last), b"NOOP")
    transfer.forget()
    transfer.begin_chunk(3, last=True, message_octets=100, bare_newlines=BareNewlines.REJECT)
    assert read(transfer, b"\nxyNOOP", size)[1] == ContentEnded(CONTENT_BARE_NEWLINE)


@given(st.integers(1, 9))
def test_what_nobody_wants_is_swallowed(size: int) -> None:
    transfer = Transfer()
    transfer.swallow(6, Violation(MAIL_FIRST))
    assert read(transfer, b"QUIT\r\nNOOP\r\n", size) == (b"", Violation(MAIL_FIRST), b"NOOP\r\n")
    assert not transfer.refuse(OK)
    transfer.begin_chunk(3, last=False, message_octets=100, bare_newlines=BareNewlines.KEEP)
    assert transfer.refuse(OK)
    assert read(transfer, b"a\nbNOOP", size) == (b"", ContentEnded(OK, last=False), b"NOOP")
    assert transfer.refusal is OK


def test_an_empty_chunk_is_complete_at_once() -> None:
    transfer = Transfer()
    transfer.begin_chunk(0, last=True, message_octets=1, bare_newlines=BareNewlines.REJECT)
    assert transfer.next_event(Inbound()) == ContentEnded()
