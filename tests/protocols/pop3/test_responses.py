"""Responses on the wire."""

import re

from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.pop3.responses import RESPONSE_OCTETS, Response, ResponseCode, err, listing, ok


def test_shapes() -> None:
    assert ok().octets() == b"+OK\r\n"
    assert ok("2 320").octets() == b"+OK 2 320\r\n"
    assert err("no").octets() == b"-ERR no\r\n"
    assert err("busy", ResponseCode.IN_USE).octets() == b"-ERR [IN-USE] busy\r\n"
    assert err("später", ResponseCode.SYS_TEMP).octets() == b"-ERR [SYS/TEMP] sp?ter\r\n"
    assert err("später").octets(utf8=True) == "-ERR später\r\n".encode()
    assert listing(["1 120", "2 200"]) == b"1 120\r\n2 200\r\n.\r\n"
    assert listing([]) == b".\r\n"


@given(
    st.booleans(),
    st.text(max_size=60) | st.text("ä ", min_size=400, max_size=600),
    st.sampled_from([None, *ResponseCode]),
    st.booleans(),
)
def test_words_never_break_out(positive: bool, text: str, code: ResponseCode | None, utf8: bool) -> None:
    octets = Response(positive, text, code).octets(utf8=utf8)
    assert len(octets) <= RESPONSE_OCTETS
    assert octets.endswith(b"\r\n")
    assert not re.search(rb"[\x00-\x1f\x7f]", octets[:-2])
    assert utf8 or octets.isascii()
    octets.decode()
