"""What is computed about a message before its transaction."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.adapters.sql.arrival import REFERENCES, arrival, decode_pieces, encode_pieces, message_ids
from posthouse.foundation.ids import EmailId, to_text
from posthouse.model.content import Content, Piece, Range, Spooled

EMAIL = EmailId(b"e" * 16)
BODY = b"Message-ID: <a@x>\r\nSubject: hello\r\n\r\nhello\r\n"

pieces = st.lists(st.binary(max_size=20) | st.builds(Range, st.integers(0, 1 << 40), st.integers(0, 1 << 40)), max_size=6).map(
    tuple
)


@given(pieces)
def test_pieces_are_read_as_they_were_written(written: tuple[Piece, ...]) -> None:
    assert decode_pieces(encode_pieces(written)) == written


def test_no_pieces_are_kept_as_nothing() -> None:
    assert decode_pieces(None) == ()
    assert arrival(EMAIL, Content(BODY), BODY, {}).pieces is None


def test_a_small_body_is_kept_with_its_row() -> None:
    content = Content(BODY).with_prefix(b"Received: by us\r\n")
    arrived = arrival(EMAIL, content, BODY, {"size": lambda octets, _part: b"%d" % len(octets)})
    assert (arrived.body, arrived.blob) == (BODY, None)
    assert (arrived.body_octets, arrived.size_octets) == (len(BODY), len(BODY) + 17)
    assert arrived.projections == (b"%d" % (len(BODY) + 17),), "projections are over what is shown"
    assert decode_pieces(arrived.pieces) == content.pieces


def test_a_spooled_body_is_kept_as_a_blob_named_by_its_message() -> None:
    arrived = arrival(EMAIL, Content(Spooled("/spool/1", len(BODY))), BODY, {})
    assert (arrived.body, arrived.blob) == (None, to_text(EMAIL))
    assert (arrived.body_octets, arrived.size_octets) == (len(BODY), len(BODY))


def test_a_message_is_known_by_its_own_id_first_then_by_those_it_refers_to() -> None:
    head = b"Subject: x\r\nReferences: <b@x>\r\n <c@x>\r\nIn-Reply-To: <c@x> <d@x>\r\nMessage-ID: <a@x>\r\n\r\n"
    alone = [message_ids(b"Message-ID: <%s@x>\r\n\r\n" % name)[0] for name in (b"a", b"b", b"c", b"d")]
    assert message_ids(head) == tuple(alone)
    assert all(-(1 << 63) <= number < 1 << 63 for number in alone), "the database keeps 64 bits with a sign"


def test_message_ids_are_of_the_header_only() -> None:
    assert message_ids(b"Subject: x\r\n\r\nMessage-ID: <a@x>\r\n") == ()
    assert message_ids(b"") == message_ids(b"Message-ID: none\r\n\r\n") == message_ids(b"References: < a@x>\r\n\r\n") == ()


def test_an_endless_list_of_references_is_cut() -> None:
    head = b"References:" + b"".join(b" <%d@x>\r\n" % number for number in range(5_000)) + b"\r\n"
    assert len(message_ids(head)) == REFERENCES
